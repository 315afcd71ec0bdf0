package dev.phyllo.cli.demo;

import dev.phyllo.engine.pack.PackedTree;
import dev.phyllo.layers.Compression;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import dev.phyllo.snapshots.TreeArchive;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/**
 * A tree made into a layer, one step at a time: tree → tar (whose hash is the diffID) → gzip (whose
 * hash is the digest).
 *
 * @param name what the demonstration calls it
 * @param tree what is in it
 * @param tar the archive
 * @param tarSize its bytes
 * @param diffId the hash of the archive: it names the content, whatever the compression
 * @param blob the compressed archive
 * @param descriptor the type, hash and size of the compressed archive
 */
record HandMadeLayer(
    String name,
    PackedTree tree,
    Path tar,
    long tarSize,
    Digest diffId,
    Path blob,
    Descriptor descriptor) {

  /**
   * Writes the tree NAME, NAME.tar and NAME.tar.gz into a directory. The archive is the one that
   * GNU tar makes of the tree, and {@code layer create} too; where there is no Linux, one of what
   * was thought up, without files.
   */
  static HandMadeLayer make(String name, PackedTree tree, Path directory, long seconds) {
    Path tar = directory.resolve(name + ".tar");
    Path blob = directory.resolve(name + ".tar.gz");
    try {
      try (OutputStream out = Files.newOutputStream(tar)) {
        if (Linux.isSupported()) {
          archive(tree, directory.resolve(name), out, seconds);
        } else {
          tree.writeTo(out, seconds);
        }
      }
      try (InputStream in = Files.newInputStream(tar);
          OutputStream out = Compression.GZIP.compress(Files.newOutputStream(blob))) {
        in.transferTo(out);
      }
      return new HandMadeLayer(
          name,
          tree,
          tar,
          Files.size(tar),
          digest(tar),
          blob,
          Descriptor.of(Compression.GZIP.layerMediaType(), digest(blob), Files.size(blob)));
    } catch (IOException e) {
      throw new SystemException(tar.toString(), e);
    }
  }

  private static void archive(PackedTree tree, Path files, OutputStream out, long seconds) {
    TreeOnDisk.write(tree, files);
    TarWriter.Format format =
        TreeArchive.hasAttributes(files) ? TarWriter.Format.PAX : TarWriter.Format.GNU;
    TarWriter tar = new TarWriter(out, format);
    TreeArchive.write(files, tar, entry -> entry.toBuilder().mtime(seconds, 0).owner(0, 0).build());
    tar.finish();
  }

  private static Digest digest(Path file) throws IOException {
    MessageDigest hash = Digest.Algorithm.SHA256.newMessageDigest();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n; (n = in.read(buffer)) > 0; ) {
        hash.update(buffer, 0, n);
      }
    }
    return Digest.of(Digest.Algorithm.SHA256, hash.digest());
  }
}
