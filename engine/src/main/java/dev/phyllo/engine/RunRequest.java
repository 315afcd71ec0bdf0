package dev.phyllo.engine;

import dev.phyllo.containers.Network;
import dev.phyllo.containers.Volume;
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
  private final List<String> env = new ArrayList<>();
  private final List<Volume> volumes = new ArrayList<>();
  private final List<String> addedCapabilities = new ArrayList<>();
  private final List<String> droppedCapabilities = new ArrayList<>();
  private Optional<String> entrypoint = Optional.empty();
  private Optional<String> name = Optional.empty();
  private Optional<String> workingDir = Optional.empty();
  private Optional<String> user = Optional.empty();
  private Optional<String> hostname = Optional.empty();
  private Network network = Network.NONE;
  private boolean readOnlyRoot;
  private boolean stdin;
  private boolean remove;
  private boolean noNewPrivileges;

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

  /** The host name inside. */
  public RunRequest hostname(String host) {
    hostname = Optional.of(host);
    return this;
  }

  /** What it sees of the network. */
  public RunRequest network(Network kind) {
    network = kind;
    return this;
  }

  /** A directory or file of the host inside. */
  public RunRequest volume(Volume volume) {
    volumes.add(volume);
    return this;
  }

  /** Adds a capability by name, or {@code ALL}. */
  public RunRequest addCapability(String capability) {
    addedCapabilities.add(capability);
    return this;
  }

  /** Takes a capability away by name, or {@code ALL}. */
  public RunRequest dropCapability(String capability) {
    droppedCapabilities.add(capability);
    return this;
  }

  /** Mounts the root read-only. */
  public RunRequest readOnlyRoot(boolean yes) {
    readOnlyRoot = yes;
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

  /** Takes the power from setuid programs. */
  public RunRequest noNewPrivileges(boolean yes) {
    noNewPrivileges = yes;
    return this;
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

  List<Volume> volumes() {
    return volumes;
  }

  List<String> addedCapabilities() {
    return addedCapabilities;
  }

  List<String> droppedCapabilities() {
    return droppedCapabilities;
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

  Optional<String> hostname() {
    return hostname;
  }

  Network network() {
    return network;
  }

  boolean isReadOnlyRoot() {
    return readOnlyRoot;
  }

  boolean hasStdin() {
    return stdin;
  }

  boolean isRemoved() {
    return remove;
  }

  boolean isNoNewPrivileges() {
    return noNewPrivileges;
  }
}
