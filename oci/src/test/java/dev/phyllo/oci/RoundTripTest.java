package dev.phyllo.oci;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.phyllo.oci.json.JsonCodec;
import org.junit.jupiter.api.Test;

/** Whatever can be made can be written, and is the same when it is read. */
class RoundTripTest {
  private static final int ROUNDS = 2_000;

  @Test
  void randomDocumentsAreTheSameAfterWritingAndReading() {
    RandomDocuments random = RandomDocuments.seeded("RoundTripTest");
    for (int i = 0; i < ROUNDS; i++) {
      Descriptor d = random.descriptor();
      assertEquals(
          d, Descriptor.fromJson(JsonCodec.parseObject(JsonCodec.toBytes(d.toJson()), "d")));
      Manifest m = random.manifest();
      assertEquals(m, Manifest.parse(m.toBytes(), "m"));
      assertArrayEquals(m.toBytes(), Manifest.parse(m.toBytes(), "m").toBytes());
      Index x = random.index();
      assertEquals(x, Index.parse(x.toBytes(), "x"));
      assertArrayEquals(x.toBytes(), Index.parse(x.toBytes(), "x").toBytes());
      ImageConfig c = random.config();
      assertEquals(c, ImageConfig.parse(c.toBytes(), "c"));
      assertArrayEquals(c.toBytes(), ImageConfig.parse(c.toBytes(), "c").toBytes());
    }
  }
}
