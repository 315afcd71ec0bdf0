package dev.phyllo.build;

import dev.phyllo.oci.Platform;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What to build, and how. Made with what it needs at least and completed by chaining; for one
 * thread.
 */
public final class BuildRequest {
  private final String context;
  private @Nullable InputStream in;
  private OutputStream out = OutputStream.nullOutputStream();
  private Optional<String> file = Optional.empty();
  private final List<String> names = new ArrayList<>();
  private Optional<String> target = Optional.empty();
  private final Map<String, String> arguments = new LinkedHashMap<>();
  private final Map<String, String> labels = new LinkedHashMap<>();
  private final Map<String, String> annotations = new LinkedHashMap<>();
  private final Map<String, String> contexts = new LinkedHashMap<>();
  private final List<Platform> platforms = new ArrayList<>();
  private final List<String> secrets = new ArrayList<>();
  private final List<String> ssh = new ArrayList<>();
  private final List<String> cacheFrom = new ArrayList<>();
  private final List<String> cacheTo = new ArrayList<>();
  private final List<String> outputs = new ArrayList<>();
  private final List<String> hosts = new ArrayList<>();
  private Optional<String> network = Optional.empty();
  private boolean noCache;
  private boolean pull;
  private boolean squash;
  private boolean docker;
  private boolean explain;
  private BuildProgress progress = BuildProgress.NONE;

  /**
   * A build.
   *
   * @param context a directory, an archive, or {@code -} for standard input
   */
  public BuildRequest(String context) {
    this.context = context;
  }

  /** What {@code -} reads. */
  public BuildRequest in(InputStream stream) {
    in = stream;
    return this;
  }

  /** What an output to {@code -} writes to. */
  public BuildRequest out(OutputStream stream) {
    out = stream;
    return this;
  }

  /** The Containerfile; {@code -} for standard input. */
  public BuildRequest file(String path) {
    file = Optional.of(path);
    return this;
  }

  /** Adds a name for the image. */
  public BuildRequest name(String name) {
    names.add(name);
    return this;
  }

  /** The stage to build, if not the last. */
  public BuildRequest target(String stage) {
    target = Optional.of(stage);
    return this;
  }

  /** Sets a build argument. */
  public BuildRequest argument(String name, String value) {
    arguments.put(name, value);
    return this;
  }

  /** Adds a label. */
  public BuildRequest label(String name, String value) {
    labels.put(name, value);
    return this;
  }

  /** Adds an annotation of the manifest. */
  public BuildRequest annotation(String name, String value) {
    annotations.put(name, value);
    return this;
  }

  /**
   * Names a further context.
   *
   * @param source a directory, an archive, {@code docker-image://NAME} or {@code oci-layout://DIR}
   */
  public BuildRequest namedContext(String name, String source) {
    contexts.put(name, source);
    return this;
  }

  /** Adds a platform to build for; without any, this machine's. */
  public BuildRequest platform(Platform platform) {
    platforms.add(platform);
    return this;
  }

  /** Adds a secret, as {@code id=NAME[,src=FILE][,env=VARIABLE]}. */
  public BuildRequest secret(String text) {
    secrets.add(text);
    return this;
  }

  /** Adds an agent, as {@code default} or {@code ID=SOCKET}. */
  public BuildRequest ssh(String text) {
    ssh.add(text);
    return this;
  }

  /** Adds a cache to look into. */
  public BuildRequest cacheFrom(String text) {
    cacheFrom.add(text);
    return this;
  }

  /** Adds a cache to write. */
  public BuildRequest cacheTo(String text) {
    cacheTo.add(text);
    return this;
  }

  /** Adds an output, as {@code type=TYPE,dest=PATH}. */
  public BuildRequest output(String text) {
    outputs.add(text);
    return this;
  }

  /** What commands see of the network: {@code none}, {@code host}, {@code default} or its name. */
  public BuildRequest network(String word) {
    network = Optional.of(word);
    return this;
  }

  /** Adds a line to /etc/hosts of commands: {@code NAME:ADDRESS}. */
  public BuildRequest host(String text) {
    hosts.add(text);
    return this;
  }

  /** Does every step again. */
  public BuildRequest noCache(boolean value) {
    noCache = value;
    return this;
  }

  /** Looks for newer bases even if they are there. */
  public BuildRequest pull(boolean value) {
    pull = value;
    return this;
  }

  /** Makes one layer of all that the build adds. */
  public BuildRequest squash(boolean value) {
    squash = value;
    return this;
  }

  /** Writes Docker's manifest instead of OCI's. */
  public BuildRequest docker(boolean value) {
    docker = value;
    return this;
  }

  /** Says of each step why the cache helped or not. */
  public BuildRequest explain(boolean value) {
    explain = value;
    return this;
  }

  /** Who hears how it goes on. */
  public BuildRequest progress(BuildProgress listener) {
    progress = listener;
    return this;
  }

  String context() {
    return context;
  }

  @Nullable InputStream in() {
    return in;
  }

  OutputStream out() {
    return out;
  }

  Optional<String> file() {
    return file;
  }

  List<String> names() {
    return names;
  }

  Optional<String> target() {
    return target;
  }

  Map<String, String> arguments() {
    return arguments;
  }

  Map<String, String> labels() {
    return labels;
  }

  Map<String, String> annotations() {
    return annotations;
  }

  Map<String, String> contexts() {
    return contexts;
  }

  List<Platform> platforms() {
    return platforms;
  }

  List<String> secrets() {
    return secrets;
  }

  List<String> ssh() {
    return ssh;
  }

  List<String> cacheFrom() {
    return cacheFrom;
  }

  List<String> cacheTo() {
    return cacheTo;
  }

  List<String> outputs() {
    return outputs;
  }

  Optional<String> network() {
    return network;
  }

  List<String> hosts() {
    return hosts;
  }

  boolean isNoCache() {
    return noCache;
  }

  boolean isPull() {
    return pull;
  }

  boolean isSquash() {
    return squash;
  }

  boolean isDocker() {
    return docker;
  }

  boolean isExplain() {
    return explain;
  }

  BuildProgress progress() {
    return progress;
  }
}
