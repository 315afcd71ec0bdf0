package dev.phyllo.transports;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.Work;
import dev.phyllo.store.ContentStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes images as a tar archive of an OCI layout, with docker's documents beside it where those
 * are asked for. Entries are sorted by name, directories before what is in them.
 */
final class LayoutArchive {
  private final ContentStore content;
  private final SaveOptions options;
  private final StepListener steps;

  LayoutArchive(ContentStore content, SaveOptions options, StepListener steps) {
    this.content = content;
    this.options = options;
    this.steps = steps;
  }

  /** Writes the archive to its end; flushes and does not close. */
  void write(SavedContents contents, OutputStream out) {
    TreeMap<String, byte[]> documents = new TreeMap<>();
    documents.put(ImageContents.OCI_LAYOUT, OciLayout.marker());
    documents.put(ImageContents.INDEX, contents.newIndex().toBytes());
    if (options.format() == SaveFormat.DOCKER_ARCHIVE) {
      DockerDocuments docker = DockerDocuments.of(contents, options.platform());
      documents.put(ImageContents.MANIFEST, docker.manifest());
      documents.put(DockerDocuments.REPOSITORIES, docker.repositories());
    }
    TarWriter tar = new TarWriter(out);
    blobs(contents, tar); // "blobs" sorts before every document
    for (Map.Entry<String, byte[]> document : documents.entrySet()) {
      byte[] bytes = document.getValue();
      tar.entry(entry(document.getKey(), TarEntry.Type.FILE, 0644, bytes.length), bytes);
      report(document.getKey(), bytes.length);
    }
    tar.finish();
  }

  private void blobs(SavedContents contents, TarWriter tar) {
    TreeMap<String, Descriptor> files = new TreeMap<>();
    for (Descriptor d : contents.blobs()) {
      files.put(ImageFiles.blobName(d.digest()), d);
    }
    tar.entry(entry("blobs", TarEntry.Type.DIRECTORY, 0755, 0));
    String directory = "";
    for (Map.Entry<String, Descriptor> file : files.entrySet()) {
      Digest digest = file.getValue().digest();
      if (!directory.equals(digest.algorithm().token())) {
        directory = digest.algorithm().token();
        tar.entry(entry("blobs/" + directory, TarEntry.Type.DIRECTORY, 0755, 0));
      }
      long size = file.getValue().size();
      try (Work work = SaveGraph.writing(steps, file.getValue());
          InputStream in = work.count(StoredBlob.open(content, file.getValue()))) {
        tar.entry(entry(file.getKey(), TarEntry.Type.FILE, 0444, size), in);
        work.done();
      } catch (IOException e) {
        throw new SystemException(digest.toString(), e);
      }
      report(file.getKey(), size);
    }
  }

  private TarEntry entry(String name, TarEntry.Type type, int mode, long size) {
    return TarEntry.builder(RawPath.of(name), type)
        .mode(mode)
        .size(size)
        .mtime(options.epochSeconds(), 0)
        .build();
  }

  private void report(String name, long size) {
    if (steps.isListening()) {
      steps.done(new SaveStep("write", name, Map.of("size", Long.toString(size))));
    }
  }
}
