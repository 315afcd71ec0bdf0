package dev.phyllo.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoTemplateTest {
  private static final Json IMAGE =
      json(
          """
          {"Name": "busybox", "Tag": "latest", "Size": 4277321, "Ready": true, "Empty": "",
           "Nothing": null, "None": [], "Zero": 0, "Ratio": 2.5,
           "Layers": ["a", "b", "c"],
           "Config": {"Cmd": ["/bin/sh", "-c"], "Labels": {"b.x": "2", "a": "1"}, "N": 3},
           "Mounts": [{"Source": "/s", "RW": true}, {"Source": "/t", "RW": false}]}
          """);

  private static Json json(String text) {
    return JsonCodec.parse(text.getBytes(StandardCharsets.UTF_8), "test");
  }

  private static String render(String template) {
    return GoTemplate.parse(template).render(IMAGE);
  }

  private static String failure(String template) {
    return assertThrows(UsageException.class, () -> render(template)).getMessage();
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '~',
      value = {
        "{{.Name}}:{{.Tag}} => busybox:latest",
        "{{ .Config.Cmd }} => [/bin/sh -c]",
        "{{.Config.Labels}} => map[a:1 b.x:2]",
        "{{.Size}} {{.Ready}} {{.Ratio}} => 4277321 true 2.5",
        "{{.Config.Missing}}|{{.Config.Missing.Deeper}} => <no value>|<no value>",
        "{{.Nothing}} => <no value>",
        "{{json .Config.Cmd}} => [\"/bin/sh\",\"-c\"]",
        "{{json .Name}} {{.Nothing | json}} => \"busybox\" null",
        "{{index .Layers 1}} {{index .Config.Labels \"b.x\"}} => b 2",
        "{{index .Config.Cmd 0 | upper}} => /BIN/SH",
        "{{(index .Mounts 1).Source}} => /t",
        "{{len .Layers}} {{len .Name}} {{len .Config.Labels}} => 3 7 2",
        "{{join .Layers \", \"}} => a, b, c",
        "{{index (split .Config.Missing \"/\") 0}}. => .",
        "{{split \"a/b\" \"/\"}} => [a b]",
        "{{lower \"ABC\"}} {{title \"two words\"}} => abc Two Words",
        "{{truncate .Name 4}} {{truncate .Name 40}} => busy busybox",
        "[{{pad .Name 1 2}}] [{{pad .Empty 1 2}}] => [ busybox  ] []",
        "{{printf \"%-10s|%5d|%05d\" .Name 42 7}} => busybox   |   42|00007",
        "{{.Name | printf \"%.3s\"}} => bus",
        "{{printf \"%q %v %t %x %.2f %%\" .Name .Layers .Ready 255 .Ratio}} => \"busybox\" [a b c] true ff 2.50 %",
        "{{printf \"%d\" .Name}} => %!d(string=busybox)",
        "{{printf \"%s\"}} => %!s(MISSING)",
        "{{print 1 2 \"x\" 3}} => 1 2x3",
        "{{eq .Tag \"latest\"}} {{ne .Tag \"latest\"}} {{eq .Zero 1 0}} => true false true",
        "{{lt .Zero 1}} {{le 1 1}} {{gt .Size 4000000}} {{ge \"a\" \"b\"}} => true true true false",
        "{{and .Ready .Name}} {{or .Empty .Tag}} {{not .Zero}} => busybox latest true",
        "{{slice .Name 0 4}} {{slice .Layers 1}} => busy [b c]",
        "{{0x1F}} {{'a'}} {{1_000}} {{-5}} {{`raw\\n`}} => 31 97 1000 -5 raw\\n",
        "{{/* nothing */}}x{{- /* trimmed */ -}} y => xy",
        "a {{- .Tag -}} b => alatestb",
        "{{true}} {{eq nil .Nothing}} => true true",
      })
  void anActionPrintsWhatGoPrints(String template, String expected) {
    assertEquals(expected, render(template));
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      value = {
        "{{range .Layers}}{{.}};{{end}} => a;b;c;",
        "{{range $i, $e := .Layers}}{{$i}}={{$e}} {{end}}| => 0=a 1=b 2=c |",
        "{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}| => a=1 b.x=2 |",
        "{{range .None}}x{{else}}none{{end}} => none",
        "{{range .Nothing}}x{{else}}none{{end}} => none",
        "{{range 3}}{{.}}{{end}} => 012",
        "{{range .Layers}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}} => ac",
        "{{range .Layers}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}} => a",
        "{{range .Mounts}}{{if .RW}}{{.Source}}{{else}}-{{end}}{{end}} => /s-",
        "{{if .Empty}}1{{else if .Zero}}2{{else if .Ready}}3{{else}}4{{end}} => 3",
        "{{if .Empty}}1{{else if .Zero}}2{{else}}4{{end}} => 4",
        "{{with .Config}}{{.N}} {{$.Name}}{{end}} => 3 busybox",
        "{{with .Empty}}x{{else}}{{.Name}}{{end}} => busybox",
        "{{with .Empty}}x{{else with .Config}}{{.N}}{{end}} => 3",
        "{{$x := 1}}{{if .Ready}}{{$x = 2}}{{end}}{{$x}} => 2",
        "{{$x := 1}}{{if .Ready}}{{$x := 2}}{{$x}}{{end}}{{$x}} => 21",
        "{{with $c := .Config}}{{$c.N}}{{end}} => 3",
        "{{range .Layers}}{{$.Name}} {{end}}| => busybox busybox busybox |",
      })
  void controlFollowsGo(String template, String expected) {
    assertEquals(expected, render(template));
  }

  @Test
  void backslashTAndNInTheTextBecomeATabAndANewline() {
    assertEquals("busybox\tlatest\n", render("{{.Name}}\\t{{.Tag}}\\n"));
    assertEquals("a\n", render("{{println \"a\"}}"));
    assertEquals("a\tb", render("{{\"a\\tb\"}}"));
  }

  @Test
  void aLabelThatIsMissingIsAnEmptyStringForScripts() {
    assertEquals("", render("{{index .Config.Labels \"none\"}}"));
    assertEquals("", render("{{index .Config.Nothing \"none\"}}"));
  }

  @Test
  void anUnknownFieldOfTheValueIsAnErrorThatNamesTheFields() {
    String message = failure("{{.Naem}}");
    assertTrue(message.contains("1:3"), message);
    assertTrue(message.contains("no field .Naem"), message);
    assertTrue(message.contains("did you mean .Name?"), message);
    assertTrue(message.contains(".Config .Empty"), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '~',
      value = {
        "{{.Name => 1:1: unclosed action",
        "x{{end}} => unexpected {{end}}",
        "{{if .Name}}x => 1:3: {{if}} has no {{end}}",
        "{{if .Name}}x{{else}}y => has no {{end}}",
        "{{range .Layers}}{{else}}{{else}}{{end}} => expected {{end}}",
        "{{frob .Name}} => 1:3: function \"frob\" is not defined",
        "ab {{$x}} => 1:6: undefined variable $x",
        "{{if true}}{{$y := 1}}{{end}}{{$y}} => undefined variable $y",
        "{{}} => a value is missing",
        "{{.Name .Tag}} => arguments given to something not a function",
        "{{.Name | .Tag}} => only a function can follow |",
        "{{\"abc}} => unterminated string",
        "{{(.Name}} => expected )",
        "{{.Name)}} => unexpected )",
        "{{.Name ^}} => unexpected \"^\"",
        "{{template \"x\"}} => not supported",
        "{{break}} => outside {{range}}",
        "{{index .Layers 7}} => index wants an element that is there, not number 7 of 3",
        "{{index .Layers -1}} => small whole number",
        "{{eq 1 \"1\"}} => incompatible",
        "{{len 3}} => has no length",
        "{{.Name.Length}} => no field .Length in a string",
        "{{range .Name}}{{end}} => range over a string",
        "{{join .Name \",\"}} => cannot join a string",
        "{{/* x => unclosed comment",
        "{{upper}} => wants 1 argument and has 0",
      })
  void aMistakeIsReportedWithItsPlace(String template, String part) {
    String message = failure(template);
    assertTrue(message.startsWith("--format, 1:"), message);
    assertTrue(message.contains(part), message);
  }

  @Test
  void aMistakeOnALaterLineIsCountedFromThatLine() {
    String message = failure("{{.Name}}\n  {{foo}}");
    assertTrue(message.startsWith("--format, 2:5"), message);
  }

  @Test
  void deepNestingIsRefusedAndNotAStackOverflow() {
    assertTrue(failure("{{" + "(".repeat(100_000) + "}}").contains("nested too deeply"));
    assertTrue(failure("{{if true}}".repeat(100_000)).contains("nested too deeply"));
  }

  @Test
  void aListPrintsALineForEachValue() {
    assertEquals(
        "busybox\nbusybox\n",
        GoTemplate.parse("{{.Name}}").renderAll(List.of(IMAGE, IMAGE), Map.of()));
    assertEquals(
        "{\"a\":1}\n", GoTemplate.parse("json").renderAll(List.of(json("{\"a\": 1}")), Map.of()));
  }

  @Test
  void aTableHasAHeaderAndAlignedColumns() {
    Json a = json("{\"Repository\": \"busybox\", \"ID\": \"0123456789ab\", \"CreatedAt\": \"x\"}");
    Json b = json("{\"Repository\": \"a\", \"ID\": \"ab\", \"CreatedAt\": \"y\"}");
    assertEquals(
        """
        REPOSITORY   IMAGE ID       CREATED AT
        BUSYBOX      0123456789ab   x
        A            ab             y
        """,
        GoTemplate.parse("table {{upper .Repository}}\\t{{.ID}}\\t{{.CreatedAt}}")
            .renderAll(List.of(a, b), Map.of("ID", "IMAGE ID")));
  }

  @Test
  void aTableWithoutRowsStillHasItsHeader() {
    assertEquals(
        "NAME      DIFF IDS\n",
        GoTemplate.parse("table {{.Name}}\\t{{range .DiffIDs}}{{.}}{{end}}")
            .renderAll(List.of(), Map.of()));
  }
}
