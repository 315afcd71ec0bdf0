package dev.phyllo.transports.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.phyllo.layers.LayerReader;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.transports.ImageSource;
import dev.phyllo.transports.builder.ImageBuilder;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The README's example. */
class JavaImageTest extends RegistryTestBase {

  private Path application(String name, String code) throws Exception {
    Path app = Files.createDirectories(directory.resolve(name));
    Files.createDirectories(app.resolve("libs"));
    Files.createDirectories(app.resolve("resources"));
    Files.createDirectories(app.resolve("classes/com/example"));
    Files.writeString(app.resolve("libs/b.jar"), "a dependency");
    Files.writeString(app.resolve("libs/a.jar"), "another");
    Files.writeString(app.resolve("resources/app.properties"), "x=y");
    Files.writeString(app.resolve("classes/com/example/Main.class"), code);
    Files.setLastModifiedTime(
        app.resolve("libs/a.jar"), FileTime.fromMillis(System.currentTimeMillis() - 99_999));
    return app;
  }

  private Descriptor build(Path app, Reference reference) {
    try (ImageBuilder image = ImageBuilder.scratch(Platform.parse("linux/amd64"))) {
      image
          .layer(app.resolve("libs"), "/app/libs")
          .layer(app.resolve("resources"), "/app/resources");
      image.layer(app.resolve("classes"), "/app/classes");
      image.entrypoint(
          "java", "-cp", "/app/resources:/app/classes:/app/libs/*", "com.example.Main");
      return image.push(reference, OPTIONS);
    }
  }

  @Test
  void aJavaApplicationIsAnImageOfThreeLayersThatIsTheSameWhereverItIsMade() throws Exception {
    Reference reference = reference(registry.host(), "java/app:1");
    Descriptor one = build(application("one", "code"), reference);
    assertEquals(one.digest(), build(application("two", "code"), reference).digest());
    Descriptor changed = build(application("three", "changed"), reference);
    assertNotEquals(one.digest(), changed.digest());
    try (RegistryClient client = RegistryClient.open(OPTIONS)) {
      RegistrySource source = new RegistrySource(client, reference);
      Manifest manifest = Manifest.parse(source.document(source.target()), "");
      ImageConfig config = ImageConfig.parse(source.document(manifest.config()), "");
      assertEquals("com.example.Main", config.process().entrypoint().getLast());
      assertEquals(3, manifest.layers().size());
      assertEquals(
          List.of("app/", "app/libs/", "app/libs/a.jar", "app/libs/b.jar"),
          names(source, manifest.layers().getFirst()));
      assertEquals(
          "app/classes/com/example/Main.class",
          names(source, manifest.layers().getLast()).getLast());
      Manifest before =
          Manifest.parse(
              client.repository(reference).manifest(one.digest().toString()).bytes(), "");
      assertEquals(before.layers().subList(0, 2), manifest.layers().subList(0, 2));

      // And on top of it, in another repository, whose base is mounted and not sent.
      try (ImageBuilder image = ImageBuilder.from(source, Platform.parse("linux/amd64"))) {
        image.layer(application("four", "x").resolve("resources"), "/more").env("A", "b").cmd("c");
        Reference on = reference(registry.host(), "java/on:1");
        image.push(on, OPTIONS);
        Manifest made = Manifest.parse(client.repository(on).manifest("1").bytes(), "");
        assertEquals(4, made.layers().size());
        assertEquals(manifest.layers(), made.layers().subList(0, 3));
      }
    }
  }

  private static List<String> names(ImageSource source, Descriptor layer) throws Exception {
    List<String> names = new ArrayList<>();
    try (InputStream in = source.blob(layer, 0);
        LayerReader reader = LayerReader.open(in, TarLimits.DEFAULT, "")) {
      for (TarEntry e = reader.tar().next(); e != null; e = reader.tar().next()) {
        names.add(e.name().toString());
      }
    }
    return names;
  }
}
