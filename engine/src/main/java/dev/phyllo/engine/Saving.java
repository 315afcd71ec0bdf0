package dev.phyllo.engine;

import dev.phyllo.linux.Linux;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Image;
import dev.phyllo.store.Lease;
import dev.phyllo.store.NioFileLocker;
import dev.phyllo.transports.ImageSaver;
import dev.phyllo.transports.SavedImage;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes images out: from what the user typed to what the saver writes. */
final class Saving {
  private final Phyllo engine;

  Saving(Phyllo engine) {
    this.engine = engine;
  }

  void save(SaveRequest request) {
    FileLocker locker = Linux.isSupported() ? new OfdFileLocker() : NioFileLocker.INSTANCE;
    // What is saved is not collected before it is written, though its name be removed meanwhile.
    try (Lease lease = engine.leases().begin()) {
      List<SavedImage> images = new ArrayList<>();
      for (String text : request.images()) {
        images.addAll(find(text));
      }
      ImageSaver saver =
          new ImageSaver(engine.content().under(lease), locker, engine.options().steps());
      Path target = request.target();
      OutputStream out = request.out();
      if (target != null) {
        saver.save(images, target, request.options());
      } else if (out != null) {
        saver.save(images, out, request.options());
      } else {
        throw new UsageException("save", "neither a target nor a stream", "give one of them");
      }
    }
  }

  private List<SavedImage> find(String nameOrId) {
    if (!Images.isWholeId(nameOrId)) {
      Reference wanted = Reference.parse(nameOrId);
      if (isRepository(nameOrId)) {
        List<SavedImage> all = new ArrayList<>();
        for (Image image : engine.names().list()) {
          if (image.isNamed()) {
            Reference name = Reference.parse(image.name());
            if (name.repository().equals(wanted.repository())) {
              all.add(new SavedImage(List.of(name), image.target()));
            }
          }
        }
        if (!all.isEmpty()) {
          return all;
        }
      }
      Optional<Image> named = engine.names().find(wanted);
      if (named.isPresent()) {
        Reference name = Reference.parse(named.get().name());
        return List.of(new SavedImage(List.of(name), named.get().target()));
      }
    }
    // By id: docker saves such an image without a name.
    return List.of(new SavedImage(List.of(), engine.imageReader().find(nameOrId).target()));
  }

  /** Whether a name has neither tag nor digest. */
  private static boolean isRepository(String name) {
    return name.indexOf('@') < 0 && name.lastIndexOf(':') <= name.lastIndexOf('/');
  }
}
