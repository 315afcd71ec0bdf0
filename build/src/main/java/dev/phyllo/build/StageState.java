package dev.phyllo.build;

import dev.phyllo.build.containerfile.Scope;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Layer;
import dev.phyllo.build.tree.LayerIndexes;
import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig.History;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A stage as far as it has come: its layers, its config, its history. For one thread. */
final class StageState {
  private final Platform platform;
  private final StageConfig config;
  private final Scope scope;
  private final Json.Obj extra;
  private final List<Layer> layers;
  private final List<History> history;
  private final int baseLayers;
  private Optional<String> author;
  private Optional<Digest> chainId = Optional.empty();
  private @Nullable FileTree tree;

  /**
   * The beginning of a stage.
   *
   * @param layers the base's
   * @param baseLayers how many of them are those of an image, not of another stage
   * @param history the base's
   * @param extra what else the base's config says
   */
  StageState(
      Platform platform,
      StageConfig config,
      Scope scope,
      List<Layer> layers,
      int baseLayers,
      List<History> history,
      Optional<String> author,
      Json.Obj extra) {
    this.baseLayers = baseLayers;
    this.platform = platform;
    this.config = config;
    this.scope = scope;
    this.layers = new ArrayList<>(layers);
    this.history = new ArrayList<>(history);
    this.author = author;
    this.extra = extra;
    for (Layer layer : layers) {
      extend(layer);
    }
  }

  /** The beginning of a stage on this one. */
  StageState child() {
    return new StageState(
        platform,
        new StageConfig(config.process()),
        scope.copy(),
        layers,
        baseLayers,
        history,
        author,
        extra);
  }

  Platform platform() {
    return platform;
  }

  StageConfig config() {
    return config;
  }

  Scope scope() {
    return scope;
  }

  Json.Obj extra() {
    return extra;
  }

  Optional<String> author() {
    return author;
  }

  void author(String name) {
    author = Optional.of(name);
  }

  List<Layer> layers() {
    return layers;
  }

  List<History> history() {
    return history;
  }

  /** How many of the layers are those of the image that everything stands on. */
  int baseLayers() {
    return baseLayers;
  }

  /** The chainID of all layers so far; nothing for an empty tree. */
  Optional<Digest> chainId() {
    return chainId;
  }

  /** The same as text, for keys. */
  String parent() {
    return chainId.isPresent() ? chainId.get().toString() : "scratch";
  }

  /** The tree of all layers so far; who changes it says so by {@link #add(Layer, FileTree)}. */
  FileTree tree(LayerIndexes indexes) {
    FileTree t = tree;
    if (t == null) {
      t = indexes.tree(layers);
      tree = t;
    }
    return t;
  }

  /** A layer that is known. */
  void add(Layer layer) {
    tree = null;
    layers.add(layer);
    extend(layer);
  }

  /** A layer that was just made, with the tree it leads to. */
  void add(Layer layer, FileTree after) {
    add(layer);
    tree = after;
  }

  /** Forgets the tree, which somebody changed in vain. */
  void forgetTree() {
    tree = null;
  }

  private void extend(Layer layer) {
    chainId =
        Optional.of(
            chainId.isPresent() ? ChainId.next(chainId.get(), layer.diffId()) : layer.diffId());
  }

  /**
   * Notes what was done.
   *
   * @param created when; empty for the time of the image
   * @param empty whether it made no layer
   */
  void did(String text, Optional<String> created, boolean empty) {
    history.add(
        new History(
            created, Optional.of(text), Optional.empty(), Optional.empty(), empty, Json.Obj.EMPTY));
  }
}
