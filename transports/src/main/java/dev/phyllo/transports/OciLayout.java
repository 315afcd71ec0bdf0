package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An OCI image layout (image-layout.md), as a directory or packed in an archive.
 *
 * @param files what it is made of
 * @param top its {@code index.json}
 */
record OciLayout(ImageFiles files, Index top) implements ImageContents {
  private static final String VERSION = "1.0.0";

  static OciLayout read(ImageFiles files, ImageFile layout, @Nullable ImageFile index) {
    checkMarker(ImageFile.read(layout), layout.where());
    if (index == null) {
      throw new InvalidException(
          files.thing(), "an OCI image layout without index.json", ImageFile.MAKE_AGAIN);
    }
    return new OciLayout(files, Index.parse(ImageFile.read(index), index.where()));
  }

  /** The content of the file {@code oci-layout}. */
  static byte[] marker() {
    return ("{\"imageLayoutVersion\":\"" + VERSION + "\"}").getBytes(StandardCharsets.UTF_8);
  }

  /** Refuses a layout of another version. */
  static void checkMarker(byte[] bytes, String where) {
    String version = JsonCodec.parseObject(bytes, where).requireString("imageLayoutVersion");
    if (!version.equals(VERSION)) {
      throw new UnsupportedException(
          where, "image layout version " + version, "this engine reads " + VERSION);
    }
  }

  @Override
  public String kind() {
    return files instanceof DirectoryFiles ? "oci" : "oci-archive";
  }

  @Override
  public ImageFile blob(Descriptor d) {
    String name = ImageFiles.blobName(d.digest());
    ImageFile file = files.find(name);
    if (file == null) {
      throw ImageContents.missing(files, d, name);
    }
    ImageFile.checkSize(file, d);
    return file;
  }
}
