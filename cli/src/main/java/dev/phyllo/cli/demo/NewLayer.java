package dev.phyllo.cli.demo;

import dev.phyllo.containers.Container;
import dev.phyllo.engine.CommitRequest;
import dev.phyllo.engine.LayerInfo;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.layers.LayerReader;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import dev.phyllo.snapshots.Change;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The way back: what a container wrote becomes a layer, and the image it makes shares its base. */
final class NewLayer {
  /** The image that is made of the container. */
  static final String NAME = "greeter";

  private final Paper paper;
  private final DemoPlace place;

  NewLayer(Paper paper, DemoPlace place) {
    this.paper = paper;
    this.place = place;
  }

  /** Commits the container and shows the layer that its upper directory became. */
  void commit(Container container) {
    Phyllo engine = place.engine();
    paper.step("Commit: the upper directory becomes a layer");
    for (Change change : engine.diff(container.name())) {
      paper.line(change.toString());
    }
    engine.commit(CommitRequest.of(container.name(), NAME).withChanges(List.of("CMD [\"sh\"]")));
    LayerInfo layer = engine.layers(NAME).getLast();
    Digest digest = layer.blob().orElseThrow().digest();
    paper.remark("as entries of the new layer, where a name says what is deleted:");
    try (InputStream blob = engine.content().open(digest);
        LayerReader reader = LayerReader.open(blob, TarLimits.DEFAULT, digest.toString())) {
      for (TarEntry e = reader.tar().next(); e != null; e = reader.tar().next()) {
        paper.line("  " + e.name());
      }
    } catch (IOException e) {
      throw new SystemException(digest.toString(), e);
    }
    paper.same(place.command() + "commit --change 'CMD [\"sh\"]' " + container.name() + " " + NAME);
    paper.look(
        place.command()
            + "content cat "
            + digest.algorithm().token()
            + ":"
            + digest.shortHex()
            + "… | tar tzv");
  }

  /** Shows what two images have in common on disk. */
  void share(String image) {
    Phyllo engine = place.engine();
    paper.step("Two images, one base: what is the same is there once");
    List<LayerInfo> first = engine.layers(image);
    List<LayerInfo> second = engine.layers(NAME);
    Set<Path> shared = new HashSet<>();
    for (LayerInfo layer : first) {
      layer.directory().ifPresent(shared::add);
    }
    paper.line("", 6, Paper.padded("chainID", 14) + Paper.padded("handroll", 12) + NAME);
    int common = 0;
    for (int i = 0; i < second.size(); i++) {
      Path mine = second.get(i).directory().orElseThrow();
      boolean both = shared.contains(mine);
      common += both ? 1 : 0;
      paper.line(
          "  " + i,
          6,
          Paper.padded(second.get(i).chainId().map(Digest::shortHex).orElse("-"), 14)
              + Paper.padded(both ? directory(first.get(i)) : "-", 12)
              + directory(second.get(i)));
    }
    paper.remark(common + " directories stand below both; greeter has one more, for its change");
    paper.look(place.command() + "layers " + NAME);
    paper.look(place.command() + "which " + NAME + " /hello.txt");
  }

  /** The last two names of a layer's directory: its number, and fs. */
  private static String directory(LayerInfo layer) {
    Path path = layer.directory().orElseThrow();
    return path.subpath(path.getNameCount() - 2, path.getNameCount()).toString();
  }
}
