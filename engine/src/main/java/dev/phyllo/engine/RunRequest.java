package dev.phyllo.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the caller of {@code run} wants that differs from what the image says. Built by chaining, as
 * a command line is read.
 */
public final class RunRequest {
  private final String image;
  private final List<String> args;
  private final SecurityRequest security = new SecurityRequest();
  private final ResourceRequest resources = new ResourceRequest();
  private boolean init;
  private final StorageRequest storage = new StorageRequest();
  private final NetworkRequest network = new NetworkRequest();
  private final LifeRequest life = new LifeRequest();
  private final List<String> env = new ArrayList<>();
  private Optional<String> entrypoint = Optional.empty();
  private Optional<String> name = Optional.empty();
  private Optional<String> workingDir = Optional.empty();
  private Optional<String> user = Optional.empty();
  private boolean stdin;
  private boolean remove;

  /**
   * A container of the image.
   *
   * @param image its name or id
   * @param args the command; empty for the image's own
   */
  public RunRequest(String image, List<String> args) {
    this.image = image;
    this.args = List.copyOf(args);
  }

  /** Replaces the image's entrypoint, and drops its command; empty for no entrypoint. */
  public RunRequest entrypoint(String program) {
    entrypoint = Optional.of(program);
    return this;
  }

  /** Names the container. */
  public RunRequest name(String newName) {
    name = Optional.of(newName);
    return this;
  }

  /** Adds {@code NAME=value}; a name alone takes the engine's own value. */
  public RunRequest env(String assignment) {
    env.add(assignment);
    return this;
  }

  /** Where the process starts. */
  public RunRequest workingDir(String path) {
    workingDir = Optional.of(path);
    return this;
  }

  /** Who it runs as: {@code user[:group]}. */
  public RunRequest user(String spec) {
    user = Optional.of(spec);
    return this;
  }

  /** Passes standard input through. */
  public RunRequest stdin(boolean yes) {
    stdin = yes;
    return this;
  }

  /** Removes the container when it ends. */
  public RunRequest remove(boolean yes) {
    remove = yes;
    return this;
  }

  /** What its processes may ask of the kernel. */
  public SecurityRequest security() {
    return security;
  }

  /** Whether a small init of the host's is its first process, which passes signals on and reaps. */
  public RunRequest init(boolean yes) {
    init = yes;
    return this;
  }

  boolean hasInit() {
    return init;
  }

  /** How much of the machine it may use. */
  public ResourceRequest resources() {
    return resources;
  }

  /** Its files beyond the image's. */
  public StorageRequest storage() {
    return storage;
  }

  /** What it sees of the network. */
  public NetworkRequest network() {
    return network;
  }

  /** How it lives and ends. */
  public LifeRequest life() {
    return life;
  }

  /**
   * Whether its standard streams may not be its caller's own, so that it has to run beside: other
   * runtimes give what they find there to the container's users, be it the machine's /dev/null.
   */
  public boolean needsOwnStreams() {
    return life.hasRuntime() && security.hasUsers();
  }

  String image() {
    return image;
  }

  List<String> args() {
    return args;
  }

  List<String> env() {
    return env;
  }

  Optional<String> entrypoint() {
    return entrypoint;
  }

  Optional<String> name() {
    return name;
  }

  Optional<String> workingDir() {
    return workingDir;
  }

  Optional<String> user() {
    return user;
  }

  boolean hasStdin() {
    return stdin;
  }

  boolean isRemoved() {
    return remove;
  }
}
