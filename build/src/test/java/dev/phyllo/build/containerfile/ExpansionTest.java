package dev.phyllo.build.containerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpansionTest {
  private static final Map<String, String> VARIABLES =
      Map.of(
          "path", "/usr/lib/x.tar.gz",
          "star", "a*b*c",
          "empty", "",
          "words", "one  two",
          "korean", "한국어");

  private static String expand(String word) {
    return Expansion.expand(word, '\\', Variables.of(VARIABLES));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '^',
      value = {
        "${path#*/} usr/lib/x.tar.gz",
        "${path##*/} x.tar.gz",
        "${path%.*} /usr/lib/x.tar",
        "${path%%.*} /usr/lib/x",
        "${path%nothing} /usr/lib/x.tar.gz",
        "${path#/???/} lib/x.tar.gz",
        "${path/\\//-} -usr/lib/x.tar.gz",
        "${path//\\//-} -usr-lib-x.tar.gz",
        "${path//./} /usr/lib/xtargz",
        "${path//[a-z]/x} /usr/lib/x.tar.gz",
        "${path/l*t/L} /usr/Lar.gz",
        "${star//\\*/+} a+b+c",
        "${star/\\**/+} a+",
        "${star#a\\*} b*c",
        "${star%\\*c} a*b",
        "${korean#?} 국어",
        "${korean%?} 한국",
        "${korean/국/-} 한-어",
        "${empty//*/x} x",
        "${path//*/x} x",
        "${path#${empty}/} usr/lib/x.tar.gz",
        "x${none}y xy",
        "${none:-${path##*/}} x.tar.gz",
        "${path:+'a}b'} a}b",
        "\"${path:+a\\}b}\" a}b",
        "a\\$path a$path",
        "${star//x*/y} a*b*c",
        "${path/usr/$star} /a*b*c/lib/x.tar.gz"
      })
  void patternsTrimAndReplace(String word, String expected) {
    assertEquals(expected, expand(word));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '^',
      value = {
        "${path:#x} not_a_modifier",
        "${path^^} not_a_modifier",
        "${path/x} a_/_is_missing",
        "${path/x/y a_}_is_missing",
        "${path#\\x} only_for",
        "${none:?message} none:_message",
        "${none?} unset",
        "${empty:?} empty",
        "'a single_quote",
        "\"a double_quote"
      })
  void malformedWordsAreRefused(String word, String why) {
    InvalidException e = assertThrows(InvalidException.class, () -> expand(word));
    assertTrue(e.why().contains(why.replace('_', ' ')), e.getMessage());
    assertTrue(e.thing().contains(word), e.thing());
  }

  @Test
  void theEscapeCharacterIsThatOfTheFile() {
    Variables a = _ -> "1";
    assertEquals("$a", Expansion.expand("`$a", '`', a));
    assertEquals("\\1", Expansion.expand("\\$a", '`', a));
    assertEquals("C:\\x\" 1", Expansion.expand("\"C:\\x`\"\" $a", '`', a));
  }

  @Test
  void wordsAreSplitAtUnquotedSpacesAlsoThoseOfValues() {
    Expansion expansion = new Expansion('\\', Variables.of(VARIABLES));
    assertEquals(List.of("aone", "twob"), expansion.words("a${words}b"));
    assertEquals(List.of("aone  twob", "c d"), expansion.words("a\"${words}\"b c\\ d"));
    assertEquals(List.of("xone", "two"), expansion.words("x${none:-$words}"));
  }

  @Test
  void bodiesKeepTheirQuotes() {
    Expansion expansion = new Expansion('`', Variables.of(VARIABLES));
    assertEquals("'x.tar.gz' \"$a\" << <\n", expansion.body("'${path##*/}' \"\\$a\" << <\n"));
  }

  @Test
  void itRemembersWhichNamesItWasAskedFor() {
    Expansion expansion = new Expansion('\\', Variables.of(VARIABLES));
    expansion.word("$path ${none:-$empty} '$star'");
    assertEquals(Set.of("path", "empty"), expansion.used());
    assertEquals(Set.of("none"), expansion.undefined());
  }

  @Test
  void noWordTakesMuchTimeOrSpace() {
    String large = "ab".repeat(100_000);
    Variables variables = name -> name.equals("v") ? large : null;
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (String word :
              List.of(
                  "$v".repeat(20),
                  "${v//b/$v}",
                  "${v//" + "*a".repeat(5000) + "c/x}",
                  "${v##" + "*?".repeat(5000) + "c}",
                  "${a:-".repeat(10_000) + "x" + "}".repeat(10_000),
                  "\"" + "$v".repeat(100_000) + "\"")) {
            assertThrows(
                InvalidException.class,
                () -> Expansion.expand(word, '\\', variables),
                () -> word.substring(0, 10));
          }
        });
    assertEquals("b" + large.substring(2), Expansion.expand("${v#a}", '\\', variables));
  }
}
