package dev.phyllo.build.tree;

import dev.phyllo.layers.Extent;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * A layer's index as a file: a magic number, the entries, and a checksum, because the file is not
 * made durable and a power failure may leave half of it.
 */
final class IndexFile {
  private static final int MAGIC = 0x50684931; // "PhI1"
  private static final HexFormat HEX = HexFormat.of();

  private IndexFile() {}

  static byte[] write(LayerIndex index) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(index.items().size() * 96 + 16);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(MAGIC);
      out.writeInt(index.items().size());
      for (LayerIndex.Item item : index.items()) {
        write(item, out);
      }
      CRC32 crc = new CRC32();
      crc.update(bytes.toByteArray());
      out.writeLong(crc.getValue());
    } catch (IOException e) {
      throw new IllegalStateException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  static LayerIndex read(byte[] bytes, Layer layer) throws IOException {
    if (bytes.length < 16) {
      throw new EOFException();
    }
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, bytes.length - 8);
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    DataInputStream end = new DataInputStream(new ByteArrayInputStream(bytes, bytes.length - 8, 8));
    if (in.readInt() != MAGIC || end.readLong() != crc.getValue()) {
      throw new IOException("damaged");
    }
    int count = in.readInt();
    List<LayerIndex.Item> items = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      items.add(readItem(in, layer, i));
    }
    return new LayerIndex(layer, items);
  }

  private static void write(LayerIndex.Item item, DataOutputStream out) throws IOException {
    TarEntry e = item.entry();
    out.writeByte(e.type().flag());
    path(e.name(), out);
    out.writeShort(e.mode());
    out.writeLong(e.uid());
    out.writeLong(e.gid());
    out.writeLong(e.size());
    out.writeLong(e.mtimeSeconds());
    out.writeInt(e.mtimeNanos());
    path(e.linkName(), out);
    out.writeInt(e.deviceMajor());
    out.writeInt(e.deviceMinor());
    out.writeInt(e.xattrs().size());
    for (Map.Entry<RawPath, byte[]> x : e.xattrs().entrySet()) {
      path(x.getKey(), out);
      out.writeInt(x.getValue().length);
      out.write(x.getValue());
    }
    out.writeInt(e.extents().size());
    for (Extent extent : e.extents()) {
      out.writeLong(extent.offset());
      out.writeLong(extent.length());
    }
    Content content = item.content();
    if (content != null) {
      out.write(HEX.parseHex(content.digest().hex()));
    }
  }

  private static LayerIndex.Item readItem(DataInputStream in, Layer layer, int ordinal)
      throws IOException {
    TarEntry.Type type = type(in.readByte());
    TarEntry.Builder b = TarEntry.builder(path(in), type);
    b.mode(in.readShort());
    b.owner(in.readLong(), in.readLong());
    b.size(in.readLong());
    b.mtime(in.readLong(), in.readInt());
    b.linkName(path(in));
    b.device(in.readInt(), in.readInt());
    int xattrs = in.readInt();
    for (int i = 0; i < xattrs; i++) {
      RawPath name = path(in);
      b.xattr(name, in.readNBytes(in.readInt()));
    }
    int count = in.readInt();
    List<Extent> extents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      extents.add(new Extent(in.readLong(), in.readLong()));
    }
    TarEntry e = b.extents(extents).build();
    if (type != TarEntry.Type.FILE) {
      return new LayerIndex.Item(e, null);
    }
    Digest digest = Digest.of(Digest.Algorithm.SHA256, in.readNBytes(32));
    return new LayerIndex.Item(e, new LayerContent(layer, ordinal, digest));
  }

  private static void path(RawPath path, DataOutputStream out) throws IOException {
    byte[] bytes = path.bytes();
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static RawPath path(DataInputStream in) throws IOException {
    return RawPath.of(in.readNBytes(in.readInt()));
  }

  private static TarEntry.Type type(int flag) throws IOException {
    TarEntry.Type type = TarEntry.Type.ofFlag(flag);
    if (type == null) {
      throw new IOException("damaged");
    }
    return type;
  }
}
