package dev.phyllo.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.phyllo.oci.InvalidException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerStackTest {
  private final LayerStack stack = new LayerStack(1000);

  @Test
  void theTopmostLayerProvidesAFileAndThoseBelowAreShadowed() {
    layer("hello.txt=base", "data/config.txt=x");
    layer("hello.txt=delta!");
    assertEquals("hello.txt:1 data/:0 data/config.txt:0", seen());
    StackNode hello = node("hello.txt");
    assertEquals(1, hello.hiddenBy(hello.versions().get(0)));
    assertEquals(-1, hello.hiddenBy(hello.versions().get(1)));
  }

  @Test
  void aWhiteoutOfAnyTypeHidesWhatIsBelowAndNothingOfItsOwnLayer() {
    layer("data/config.txt=x", "etc/a=1", "etc/b=2");
    layer("data/.wh.config.txt=", ".wh.etc>", "etc/b=3");
    assertEquals("data/:0 etc/:1 etc/b:1", seen());
    StackNode a = node("etc/a");
    assertNull(a.visible());
    assertEquals(1, a.hiddenBy(a.versions().getFirst()));
  }

  @Test
  void anOpaqueDirectoryHidesWhatLayersBelowHaveInIt() {
    layer("d/", "d/old=1", "d/sub/deep=1");
    layer("d/.wh..wh..opq=", "d/new=2");
    layer("d/newer=3");
    assertEquals("d/:0 d/new:1 d/newer:2", seen());
    StackNode deep = node("d/sub/deep");
    assertEquals(1, deep.hiddenBy(deep.versions().getFirst()));
  }

  @Test
  void aDirectoryThatWasAFileOnTheWayShowsNothingOfTheFirstOne() {
    layer("a/b=1");
    layer("a=file");
    layer("a/c=2");
    assertEquals("a/:2 a/c:2", seen());
  }

  @Test
  void aDeletedAndRemadePathIsSeenAgain() {
    layer("x=1");
    layer(".wh.x=");
    assertEquals("", seen());
    layer("x=2");
    assertEquals("x:2", seen());
    assertEquals(1, node("x").hiddenBy(node("x").versions().getFirst()));
  }

  @Test
  void namesCannotLeaveTheRootAndLinksOfTheSameLayerAreFollowedInside() {
    layer("usr/lib/", "lib->/usr/lib", "lib/x=1", "../../up=2");
    assertEquals("lib:0 up:0 usr/:0 usr/lib/:0 usr/lib/x:0", sorted(seen()));
    // What a later layer puts below a name that is a link only in a lower one replaces the link.
    layer("lib/y=1");
    assertEquals("lib/:1 lib/y:1 up:0 usr/:0 usr/lib/:0 usr/lib/x:0", sorted(seen()));
  }

  @Test
  void aPathIsFoundThroughTheLinksOfTheMergedTree() {
    layer("usr/bin/cat=1", "bin->usr/bin");
    LayerStack.Found found = stack.find(RawPath.of("/bin/cat"));
    assertNotNull(found);
    assertEquals("usr/bin/cat", found.node().path().toString());
    assertEquals("bin", found.links().getFirst().path().toString());
    assertNull(stack.find(RawPath.of("/bin/dog")));
    layer("l->l");
    assertThrows(InvalidException.class, () -> stack.find(RawPath.of("l/x")));
  }

  @Test
  void anEntryReplacesAnEarlierOneOfTheSameLayer() {
    layer("a/b=1", "a=2");
    assertEquals("a:0", seen());
  }

  @Test
  void tooManyPathsAreRefused() {
    LayerStack small = new LayerStack(2);
    assertThrows(InvalidException.class, () -> small.add(tar("a=1", "b=1", "c=1")));
  }

  private StackNode node(String path) {
    LayerStack.Found found = stack.find(RawPath.of(path));
    assertNotNull(found, path);
    return found.node();
  }

  private String seen() {
    List<String> seen = new ArrayList<>();
    collect(stack.root(), seen);
    return String.join(" ", seen.stream().sorted((a, b) -> order(a) - order(b)).toList());
  }

  /** Files of the root first where a test wrote them so; the tree itself is sorted by name. */
  private static int order(String path) {
    return path.startsWith("hello") ? 0 : 1;
  }

  private static String sorted(String text) {
    return String.join(" ", List.of(text.split(" ")).stream().sorted().toList());
  }

  private static void collect(StackNode node, List<String> seen) {
    for (StackNode child : node.visibleChildren()) {
      StackNode.Version v = child.visible();
      assertNotNull(v);
      seen.add(child.path() + (v.isDirectory() ? "/" : "") + ":" + v.layer());
      collect(child, seen);
    }
  }

  private void layer(String... entries) {
    stack.add(tar(entries));
  }

  /** NAME=CONTENT is a file, NAME/ a directory, NAME->TARGET a link, NAME> a device. */
  private static TarReader tar(String... entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter out = new TarWriter(bytes)) {
      for (String text : entries) {
        int arrow = text.indexOf("->");
        int equals = text.indexOf('=');
        if (arrow > 0) {
          out.entry(
              TarEntry.builder(RawPath.of(text.substring(0, arrow)), TarEntry.Type.SYMLINK)
                  .linkName(RawPath.of(text.substring(arrow + 2)))
                  .build());
        } else if (equals > 0) {
          byte[] content =
              text.substring(equals + 1).getBytes(java.nio.charset.StandardCharsets.UTF_8);
          out.entry(
              TarEntry.builder(RawPath.of(text.substring(0, equals)), TarEntry.Type.FILE)
                  .size(content.length)
                  .build(),
              content);
        } else if (text.endsWith("/")) {
          out.entry(TarEntry.builder(RawPath.of(text), TarEntry.Type.DIRECTORY).build());
        } else {
          out.entry(
              TarEntry.builder(
                      RawPath.of(text.substring(0, text.length() - 1)),
                      TarEntry.Type.CHARACTER_DEVICE)
                  .device(0, 0)
                  .build());
        }
      }
    }
    return new TarReader(
        new ByteArrayInputStream(bytes.toByteArray()), TarLimits.DEFAULT, "a layer");
  }
}
