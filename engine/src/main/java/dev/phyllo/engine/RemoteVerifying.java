package dev.phyllo.engine;

import dev.phyllo.layers.HashingInputStream;
import dev.phyllo.layers.KeptOpen;
import dev.phyllo.layers.LayerReader;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.Work;
import dev.phyllo.transports.ImageSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Computes everything that an image in any place says of itself, level by level, as {@link
 * Verifying} does for one in the store; nothing of it is kept.
 */
final class RemoteVerifying {
  private static final int MAX_DEPTH = 8;
  private static final int BUFFER = 128 << 10;

  private final ImageSource source;
  private final StepListener steps;
  private final List<Verified> levels = new ArrayList<>();
  private final Set<Digest> done = new HashSet<>();

  RemoteVerifying(ImageSource source, StepListener steps) {
    this.source = source;
    this.steps = steps;
  }

  List<Verified> verify() {
    follow(source.target(), 0);
    return levels;
  }

  private void follow(Descriptor d, int depth) {
    if (!done.add(d.digest())) {
      return;
    }
    boolean index = MediaTypes.isIndex(d.mediaType());
    List<String> mismatches = new ArrayList<>();
    List<Runnable> next = new ArrayList<>();
    try {
      byte[] bytes = source.document(d); // hashed by the source
      String thing = d.digest().toString();
      if (index && depth < MAX_DEPTH) {
        for (Descriptor child : Index.parse(bytes, thing).manifests()) {
          if (source.has(child)) {
            next.add(() -> follow(child, depth + 1));
          }
        }
      } else if (index) {
        mismatches.add("indexes nested deeper than " + MAX_DEPTH);
      } else {
        Manifest manifest = Manifest.parse(bytes, thing);
        next.add(() -> parts(manifest));
      }
    } catch (PhylloException e) {
      mismatches.add(e.why());
    }
    add(index ? "index" : "manifest", d, mismatches);
    next.forEach(Runnable::run);
  }

  private void parts(Manifest manifest) {
    List<String> mismatches = new ArrayList<>();
    Optional<ImageConfig> config = Optional.empty();
    Descriptor d = manifest.config();
    int count = manifest.layers().size();
    try {
      byte[] bytes = source.document(d);
      if (MediaTypes.isConfig(d.mediaType())) {
        config = Optional.of(ImageConfig.parse(bytes, d.digest().toString()));
        int diffIds = config.get().diffIds().size();
        if (diffIds != count) {
          mismatches.add("has " + diffIds + " diffIDs, the manifest " + count + " layers");
        }
      }
    } catch (PhylloException e) {
      mismatches.add(e.why());
    }
    add("config", d, mismatches);
    for (int i = 0; i < count; i++) {
      Optional<Digest> diffId =
          config.isPresent() && i < config.get().diffIds().size()
              ? Optional.of(config.get().diffIds().get(i))
              : Optional.empty();
      layer("layer " + (i + 1) + " of " + count, manifest.layers().get(i), diffId);
    }
  }

  private void layer(String level, Descriptor d, Optional<Digest> diffId) {
    List<String> mismatches = new ArrayList<>();
    boolean isTar = MediaTypes.isLayer(d.mediaType());
    try (Work work = steps.begin(Work.Kind.RECEIVE, d.digest().toString(), d.size());
        HashingInputStream in =
            new HashingInputStream(work.count(source.blob(d, 0)), d.digest().algorithm())) {
      if (isTar) {
        try (LayerReader reader =
            LayerReader.open(new KeptOpen(in), TarLimits.DEFAULT, d.digest().toString())) {
          while (reader.tar().next() != null) {
            // Only that it can be read counts.
          }
          Digest found = reader.finish();
          if (diffId.isPresent() && !diffId.get().equals(found)) {
            mismatches.add("its diffID is " + found + ", the config says " + diffId.get());
          }
        } catch (PhylloException e) {
          mismatches.add(e.why());
        }
      }
      byte[] rest = new byte[BUFFER];
      while (in.read(rest) >= 0) {
        // The digest is of all bytes.
      }
      if (in.count() != d.size()) {
        mismatches.add("has " + in.count() + " bytes, its descriptor says " + d.size());
      }
      if (!in.digest().equals(d.digest())) {
        mismatches.add("its bytes have the digest " + in.digest());
      }
      work.done();
    } catch (PhylloException e) {
      mismatches.add(e.why());
    } catch (IOException e) {
      mismatches.add(String.valueOf(e.getMessage()));
    }
    add(level, d, mismatches);
  }

  private void add(String level, Descriptor d, List<String> mismatches) {
    levels.add(new Verified(level, d.digest().toString(), mismatches));
  }
}
