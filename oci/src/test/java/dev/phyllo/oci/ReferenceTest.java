package dev.phyllo.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Held against the cases that the distribution project's reference package decides. */
class ReferenceTest {
  private static final String HEX = "f".repeat(64);

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # text,                          domain,          path,                  tag
          busybox,                         docker.io,       library/busybox,       latest
          busybox:1.36,                    docker.io,       library/busybox,       1.36
          library/busybox,                 docker.io,       library/busybox,       latest
          docker.io/busybox,               docker.io,       library/busybox,       latest
          docker.io/library/busybox:1,     docker.io,       library/busybox,       1
          index.docker.io/busybox,         docker.io,       library/busybox,       latest
          index.docker.io/library/busybox, docker.io,       library/busybox,       latest
          index.docker.io/some/app,        docker.io,       some/app,              latest
          some/app,                        docker.io,       some/app,              latest
          some/deep/app,                   docker.io,       some/deep/app,         latest
          docker.io/library/a/b,           docker.io,       library/a/b,           latest
          test_com/foo,                    docker.io,       test_com/foo,          latest
          test.com/foo,                    test.com,        foo,                   latest
          test:5000/foo,                   test:5000,       foo,                   latest
          test-com:8080/foo:v1,            test-com:8080,   foo,                   v1
          localhost/foo,                   localhost,       foo,                   latest
          localhost:5000/foo:t,            localhost:5000,  foo,                   t
          LOCALHOST/foo,                   LOCALHOST,       foo,                   latest
          Foo/bar,                         Foo,             bar,                   latest
          FOO/bar:Tag,                     FOO,             bar,                   Tag
          test.com:tag,                    docker.io,       library/test.com,      tag
          test.com:5000,                   docker.io,       library/test.com,      5000
          192.168.0.1,                     docker.io,       library/192.168.0.1,   latest
          192.168.0.1:80,                  docker.io,       library/192.168.0.1,   80
          192.168.0.1:8/debian,            192.168.0.1:8,   debian,                latest
          xn--n3h.com/my:xn--n3h.com,      xn--n3h.com,     my,                    xn--n3h.com
          foo/foo_bar.com:8080,            docker.io,       foo/foo_bar.com,       8080
          b.gcr.io/x.example.com/my-app:t, b.gcr.io,        x.example.com/my-app,  t
          [2001:db8::1]:5000/repo,         [2001:db8::1]:5000, repo,               latest
          [::1]/a/b:c,                     [::1],           a/b,                   c
          docker---rules/docker,           docker.io,       docker---rules/docker, latest
          dock__er/docker,                 docker.io,       dock__er/docker,       latest
          d/t,                             docker.io,       d/t,                   latest
          ubuntu-12.04-base,               docker.io,       library/ubuntu-12.04-base, latest
          lowercase:Uppercase,             docker.io,       library/lowercase,     Uppercase
          quay.io/a/b/c/d:_x,              quay.io,         a/b/c/d,               _x
          """)
  void namesAreNormalisedAsDockerDoes(String text, String domain, String path, String tag) {
    Reference r = Reference.parse(text);
    assertEquals(domain, r.domain());
    assertEquals(path, r.path());
    assertEquals(Optional.of(tag), r.tag());
    assertEquals(Optional.empty(), r.digest());
    assertEquals(domain + "/" + path + ":" + tag, r.canonical());
    assertEquals(r, Reference.parse(r.canonical()));
    assertEquals(r, Reference.parse(r.familiar()));
  }

  @Test
  void aDigestReplacesTheDefaultTagAndStandsBesideAGivenOne() {
    Reference digest = Reference.parse("busybox@sha256:" + HEX);
    assertEquals(Optional.empty(), digest.tag());
    assertEquals("docker.io/library/busybox@sha256:" + HEX, digest.canonical());
    assertEquals("busybox@sha256:" + HEX, digest.familiar());
    Reference both = Reference.parse("test:5000/repo:tag@sha256:" + HEX);
    assertEquals(Optional.of("tag"), both.tag());
    assertEquals("test:5000/repo:tag@sha256:" + HEX, both.canonical());
    Reference sha512 = Reference.parse("xn--7o8h.com/my:t@sha512:" + "f".repeat(128));
    assertEquals(Digest.Algorithm.SHA512, sha512.digest().orElseThrow().algorithm());
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          busybox,                      busybox
          docker.io/library/a/b,        library/a/b
          some/app,                     some/app
          127.0.0.1:8000/private/moon,  127.0.0.1:8000/private/moon
          Foo/bar,                      Foo/bar
          docker.io/other/library,      other/library
          """)
  void familiarNamesLeaveOutWhatDockerAdds(String text, String familiar) {
    assertEquals(familiar, Reference.parse(text).familiarRepository());
  }

  @Test
  void aFamiliarNameNeverNamesAnotherRegistry() {
    // On docker.io a user may be called like a host; docker itself prints a name that it would
    // then read as another image.
    for (String user : List.of("example.com", "localhost")) {
      Reference r = Reference.parse("docker.io/" + user + "/app:1");
      assertEquals("docker.io/" + user + "/app:1", r.familiar());
      assertEquals(r, Reference.parse(r.familiar()));
    }
  }

  @Test
  void whatIsNotANameIsRefusedInOneShortLine() {
    for (String text :
        List.of(
            "",
            ":justtag",
            "@sha256:" + HEX,
            "repo@sha256:ffffffffffffffffffffffffffffffffff",
            "validname@invaliddigest:" + HEX,
            "Uppercase:tag",
            "Uppercase",
            "docker/Docker",
            "test:5000/Uppercase/lowercase:tag",
            "aa/asdf$$^/aa",
            "https://github.com/docker/docker",
            "docker://quay.io/library/foo:bar",
            "-docker",
            "-docker/docker",
            "docker-/docker",
            "-docker.io/docker/docker",
            "docker///docker",
            "docker.io/docker/Docker",
            "docker.io/docker///docker",
            "docker/",
            "/docker",
            "docker.io/",
            "[2001:db8::1]",
            "[2001:db8::1]:5000",
            "[2001:db8::1]:tag",
            "[fe80::1%eth0]:5000/debian",
            "[2001:db8:3:4::192.0.2.33]:5000/debian",
            "[]/x",
            "[::1]x/y",
            "[::1]:/y",
            "fc00::1:5000/debian",
            "host:/x",
            "host:5x/x",
            "a..b.com/x",
            "a.-b.com/x",
            ".com/x",
            "com./x",
            "____/____",
            "_docker/_docker",
            "dock..er/docker",
            "dock_.er/docker",
            "dock-.er/docker",
            "dock___er/docker",
            "a/b_",
            "a/b.",
            "name:",
            "name:-tag",
            "name:.tag",
            "name:ta g",
            "name:" + "t".repeat(129),
            "name tag",
            "name\n",
            "name:tag\n",
            "bücher",
            "٣/٣",
            "name@",
            "name@sha256:../..",
            "a@sha256:" + HEX + "@sha256:" + HEX,
            "f".repeat(64),
            "x".repeat(256),
            "example.com/" + "x".repeat(256))) {
      InvalidException e = assertThrows(InvalidException.class, () -> Reference.parse(text), text);
      assertTrue(e.getMessage().lines().count() == 1, e.getMessage());
    }
  }

  @Test
  void theRepositoryMayHave255CharactersWithoutItsRegistry() {
    assertEquals(255, Reference.parse("example.com/" + "x".repeat(255)).path().length());
    assertEquals(128, Reference.parse("x:" + "t".repeat(128)).tag().orElseThrow().length());
    String many = "a/".repeat(127) + "a";
    assertEquals("docker.io/" + many + ":tag", Reference.parse(many + ":tag").canonical());
  }

  @Test
  void anEndlessNameIsRefusedWithoutExhaustingTheStack() {
    for (String unit : List.of("a/", "a.", "a-b_", "a:", "a@", "[::", "A.")) {
      String text = unit.repeat(500_000) + "a";
      assertThrows(InvalidException.class, () -> Reference.parse(text), unit);
      assertThrows(InvalidException.class, () -> Reference.parse(text + "/b:c"), unit);
    }
  }

  @Test
  void aTagIsExchangedAndADigestGoes() {
    Reference r = Reference.parse("busybox:1@sha256:" + HEX).withTag("2");
    assertEquals("docker.io/library/busybox:2", r.canonical());
    for (String bad : List.of("", "-x", "a/b", "a@sha256:" + HEX, "a:b")) {
      assertThrows(InvalidException.class, () -> r.withTag(bad), bad);
    }
  }

  @Test
  void aReferenceCannotBeMadeOfBadParts() {
    for (String bad : List.of("", "..", "../../etc", "a//b", "/a", "A")) {
      assertThrows(
          InvalidException.class,
          () -> new Reference("docker.io", bad, Optional.empty(), Optional.empty()),
          bad);
    }
    for (String bad : List.of("", "..", "a/b", "a b", "-")) {
      assertThrows(
          InvalidException.class,
          () -> new Reference(bad, "a", Optional.empty(), Optional.empty()),
          bad);
    }
  }

  @Test
  void whateverIsAcceptedIsStableUnderItsOwnNames() {
    long seed = Long.getLong("phyllo.seed", System.nanoTime());
    System.out.println("ReferenceTest: replay with -Dphyllo.seed=" + seed);
    Random random = new Random(seed);
    String alphabet = "aab0.:/-_@AZ[]";
    int accepted = 0;
    for (int i = 0; i < 200_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(12); n >= 0; n--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      Reference r;
      try {
        r = Reference.parse(text.toString());
      } catch (InvalidException _) {
        continue;
      }
      accepted++;
      assertEquals(r, Reference.parse(r.canonical()), text.toString());
      assertEquals(r, Reference.parse(r.familiar()), text.toString());
      assertTrue(r.repository().indexOf("..") < 0 && !r.path().startsWith("/"));
    }
    assertTrue(accepted > 1000, "only " + accepted);
  }
}
