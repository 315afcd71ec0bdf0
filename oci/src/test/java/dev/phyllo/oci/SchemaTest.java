package dev.phyllo.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What we write is what the image specification's JSON schemas allow. The schemas are looked for in
 * {@code image-spec-schema} below the directory named by the system property {@code
 * phyllo.fixtures} or the variable PHYLLO_FIXTURES, or else in {@code ../shared/fixtures} beside
 * the repository.
 */
class SchemaTest {
  private static final String BASE = "https://opencontainers.org/schema/image/";
  private static @Nullable Path directory;

  @BeforeAll
  static void findTheSchemas() {
    String named = System.getProperty("phyllo.fixtures", System.getenv("PHYLLO_FIXTURES"));
    Path fixtures =
        named != null
            ? Path.of(named)
            : Path.of("").toAbsolutePath().resolve("../../shared/fixtures").normalize();
    directory = fixtures.resolve("image-spec-schema");
    assumeTrue(
        Files.isDirectory(directory),
        "the image specification's schemas are not in " + directory + "; set PHYLLO_FIXTURES");
  }

  private static Schema schema(String name) {
    Path schemas = directory;
    SchemaRegistry registry =
        SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_4,
            builder ->
                builder.schemas(iri -> {
                  // Every reference, wherever its base, is to a file of the one directory.
                  Path file = Path.of("none");
                  if (schemas != null && iri.startsWith("https://opencontainers.org/")) {
                    file = schemas.resolve(iri.substring(iri.lastIndexOf('/') + 1));
                  }
                  return Files.exists(file) ? read(file) : null;
                }));
    return registry.getSchema(SchemaLocation.of(BASE + name));
  }

  private static void assertValid(Schema schema, byte[] document) {
    String text = new String(document, StandardCharsets.UTF_8);
    assertEquals(List.of(), schema.validate(text, InputFormat.JSON), text);
  }

  @Test
  void whatWeWriteIsValid() {
    RandomDocuments random = RandomDocuments.seeded("SchemaTest");
    Schema manifest = schema("image-manifest-schema.json");
    Schema index = schema("image-index-schema.json");
    Schema config = schema("config-schema.json");
    Schema descriptor = schema("content-descriptor.json");
    for (int i = 0; i < 200; i++) {
      assertValid(manifest, random.manifest().toBytes());
      assertValid(index, random.index().toBytes());
      assertValid(config, random.config().toBytes());
      assertValid(descriptor, dev.phyllo.oci.json.JsonCodec.toBytes(random.descriptor().toJson()));
    }
    assertValid(index, Index.of(List.of()).toBytes());
    assertValid(config, ImageConfig.of(Platform.host(), ProcessConfig.EMPTY, List.of()).toBytes());
  }

  @Test
  void theSchemasWouldNoticeOtherwise() {
    Schema manifest = schema("image-manifest-schema.json");
    for (String bad :
        List.of(
            "{}",
            "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"x\",\"size\":1},"
                + "\"layers\":[]}")) {
      assertFalse(manifest.validate(bad, InputFormat.JSON).isEmpty(), bad);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
