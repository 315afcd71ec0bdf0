package dev.phyllo.cli.run;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a docker archive of an image with a static busybox, and whatever a test adds to it. */
final class BusyboxImage {
  private static final String[] APPLETS = {
    "cat",
    "chroot",
    "env",
    "grep",
    "hostname",
    "id",
    "ip",
    "ls",
    "mkdir",
    "mount",
    "readlink",
    "sh",
    "sleep",
    "touch",
    "true",
    "wc"
  };

  private final ByteArrayOutputStream layer = new ByteArrayOutputStream();
  private final TarWriter tar = new TarWriter(layer);

  BusyboxImage() throws IOException {
    directory("bin");
    tar.entry(
        entry("bin/busybox", TarEntry.Type.FILE).mode(0755).size(Files.size(busybox())).build(),
        Files.readAllBytes(busybox()));
    for (String applet : APPLETS) {
      link("bin/" + applet, "busybox");
    }
    directory("etc");
    file("etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n");
    file("etc/group", "root:x:0:\napp:x:1001:\nwheel:x:10:app\n");
    directory("data");
    file("data/config.txt", "of the image\n");
  }

  /** The static busybox of this machine, if it has one at Debian's place. */
  static Path busybox() {
    return Path.of("/bin/busybox");
  }

  BusyboxImage directory(String name) {
    tar.entry(entry(name + "/", TarEntry.Type.DIRECTORY).mode(0755).build());
    return this;
  }

  BusyboxImage file(String name, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    tar.entry(entry(name, TarEntry.Type.FILE).mode(0644).size(bytes.length).build(), bytes);
    return this;
  }

  BusyboxImage link(String name, String target) {
    tar.entry(entry(name, TarEntry.Type.SYMLINK).mode(0777).linkName(RawPath.of(target)).build());
    return this;
  }

  /** Writes the archive, naming the image. */
  Path write(Path file, String name, String process) throws IOException {
    tar.close();
    byte[] layerBytes = layer.toByteArray();
    String config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":"
            + process
            + ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
            + Digest.sha256(layerBytes)
            + "\"]}}";
    String manifest =
        "[{\"Config\":\"config.json\",\"RepoTags\":[\"" + name + "\"],\"Layers\":[\"layer.tar\"]}]";
    try (OutputStream out = Files.newOutputStream(file);
        TarWriter archive = new TarWriter(out)) {
      add(archive, "manifest.json", manifest.getBytes(StandardCharsets.UTF_8));
      add(archive, "config.json", config.getBytes(StandardCharsets.UTF_8));
      add(archive, "layer.tar", layerBytes);
    }
    return file;
  }

  private static void add(TarWriter archive, String name, byte[] bytes) {
    archive.entry(entry(name, TarEntry.Type.FILE).mode(0644).size(bytes.length).build(), bytes);
  }

  private static TarEntry.Builder entry(String name, TarEntry.Type type) {
    return TarEntry.builder(RawPath.of(name), type);
  }
}
