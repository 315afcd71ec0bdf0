package dev.phyllo.transports.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.transports.registry.FaultProxy.Answer;
import dev.phyllo.transports.registry.FaultProxy.Pass;
import dev.phyllo.transports.registry.FaultProxy.Seen;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who one is, and whom that is told. */
class AuthTest extends RegistryTestBase {
  private static final Credentials ME = Credentials.of("me", "secret:with colon");
  private static final String BASIC =
      "Basic "
          + Base64.getEncoder()
              .encodeToString("me:secret:with colon".getBytes(StandardCharsets.UTF_8));

  private TestImage image;

  @BeforeAll
  void pushImage() throws Exception {
    image = image(1, 5000);
    push(image, "private/image", "1");
  }

  /** A registry that wants a token, and the server that gives it, in front of the real one. */
  private FaultProxy tokens(String expected) throws Exception {
    FaultProxy[] self = new FaultProxy[1];
    self[0] =
        new FaultProxy(
            registry.port(),
            s -> {
              if (s.path().startsWith("/token")) {
                return s.header("authorization").equals(expected)
                    ? new Answer(
                        200,
                        List.of("Content-Type: application/json"),
                        "{\"token\":\"tok-" + s.path().hashCode() + "\",\"expires_in\":300}")
                    : new Answer(401, List.of(), "");
              }
              return s.header("authorization").startsWith("Bearer tok-")
                  ? new Pass()
                  : challenge(
                      "Bearer realm=\"http://"
                          + self[0].host()
                          + "/token\",service=\"the service\",scope=\"repository:x:pull\"");
            });
    return self[0];
  }

  private static Answer challenge(String text) {
    return new Answer(401, List.of("WWW-Authenticate: " + text), "");
  }

  private void read(FaultProxy proxy, RegistryOptions options) throws Exception {
    try (RegistryClient client = RegistryClient.open(options)) {
      Repository repository = client.repository(reference(proxy.host(), "private/image"));
      RemoteDocument document = repository.manifest("1");
      assertEquals(image.descriptor().digest(), document.descriptor().digest());
      try (InputStream in = repository.blob(image.parsed().layers().getFirst(), 0)) {
        Digest digest = Digest.sha256(in.readAllBytes());
        assertEquals(image.parsed().layers().getFirst().digest(), digest);
      }
    }
  }

  @Test
  void aTokenIsFetchedOnceForEachScopeWithTheCredentials() throws Exception {
    try (FaultProxy proxy = tokens(BASIC)) {
      read(proxy, OPTIONS.withCredentials(ME));
      List<String> asked =
          proxy.seen().stream().map(Seen::path).filter(p -> p.startsWith("/token")).toList();
      assertEquals(1, asked.size(), asked.toString());
      assertTrue(asked.getFirst().contains("scope=repository%3Aprivate%2Fimage%3Apull"));
      assertTrue(asked.getFirst().contains("service=the+service"));
    }
  }

  @Test
  void anAnonymousTokenWillDoWhereNobodyHasToBeKnown() throws Exception {
    try (FaultProxy proxy = tokens("")) {
      read(proxy, OPTIONS);
    }
  }

  @Test
  void wrongCredentialsAreSaidWithTheRemedy() throws Exception {
    try (FaultProxy proxy = tokens(BASIC)) {
      InvalidException e =
          assertThrows(
              InvalidException.class,
              () -> read(proxy, OPTIONS.withCredentials(Credentials.of("me", "wrong"))));
      assertTrue(e.remedy().contains("phyllo login " + proxy.host()), e.getMessage());
      assertFalse(e.getMessage().contains("wrong"), "the password is in the message");
    }
  }

  @Test
  void anIdentityTokenIsExchangedByPost() throws Exception {
    FaultProxy[] self = new FaultProxy[1];
    try (FaultProxy proxy =
        new FaultProxy(
            registry.port(),
            s ->
                s.path().startsWith("/token")
                    ? s.method().equals("POST")
                        ? new Answer(200, List.of(), "{\"access_token\":\"tok-1\"}")
                        : new Answer(400, List.of(), "")
                    : s.header("authorization").equals("Bearer tok-1")
                        ? new Pass()
                        : challenge("Bearer realm=\"http://" + self[0].host() + "/token\""))) {
      self[0] = proxy;
      read(proxy, OPTIONS.withCredentials(new Credentials("", "refresh", true)));
    }
  }

  @Test
  void basicAuthenticationIsUsedWhereItIsAskedFor() throws Exception {
    Path file = directory.resolve("htpasswd");
    // bcrypt of "secret", cost 5: htpasswd -nbB -C 5 me secret
    Files.writeString(file, "me:" + BCRYPT_OF_SECRET + "\n");
    try (DockerRegistry basic =
        DockerRegistry.start(
            directory.resolve("basic"),
            "",
            "auth: {htpasswd: {realm: here, path: " + file + "}}\n")) {
      RegistryOptions me = OPTIONS.withCredentials(Credentials.of("me", "secret"));
      try (RegistryClient client = RegistryClient.open(me)) {
        client.checkLogin(basic.host());
        Repository repository = client.repository(reference(basic.host(), "app"));
        image
            .blobs()
            .forEach((digest, bytes) ->
                repository.upload(
                    dev.phyllo.oci.Descriptor.of("", digest, bytes.length),
                    offset -> new java.io.ByteArrayInputStream(bytes)));
        repository.push("1", image.descriptor(), image.manifest());
        assertEquals(List.of("1"), repository.tags());
      }
      for (RegistryOptions other :
          List.of(OPTIONS, OPTIONS.withCredentials(Credentials.of("me", "wrong")))) {
        try (RegistryClient client = RegistryClient.open(other)) {
          assertThrows(InvalidException.class, () -> client.checkLogin(basic.host()));
          Repository repository = client.repository(reference(basic.host(), "app"));
          assertThrows(InvalidException.class, () -> repository.manifest("1"));
        }
      }
    }
  }

  private static final String BCRYPT_OF_SECRET =
      "$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a";

  @Test
  void aRedirectToAnotherHostDoesNotGetTheAuthorization() throws Exception {
    try (FaultProxy elsewhere = new FaultProxy(registry.port(), FaultProxy.PASS);
        FaultProxy proxy =
            new FaultProxy(
                registry.port(),
                s ->
                    s.header("authorization").isEmpty()
                        ? challenge("Basic realm=\"x\"")
                        : s.isBlob()
                            ? new Answer(
                                307, List.of("Location: http://" + elsewhere.host() + s.path()), "")
                            : new Pass())) {
      read(proxy, OPTIONS.withCredentials(ME));
      assertTrue(proxy.seen().stream().anyMatch(s -> s.header("authorization").equals(BASIC)));
      assertFalse(elsewhere.seen().isEmpty());
      for (Seen s : elsewhere.seen()) {
        assertEquals("", s.header("authorization"), s.toString());
      }
    }
  }

  @Test
  void aRedirectOnTheSameHostKeepsTheAuthorization() throws Exception {
    try (FaultProxy proxy =
        new FaultProxy(
            registry.port(),
            s ->
                !s.header("authorization").equals(BASIC)
                    ? challenge("Basic realm=\"x\"")
                    : s.isBlob() && !s.path().contains("?moved")
                        ? new Answer(307, List.of("Location: " + s.path() + "?moved"), "")
                        : new Pass())) {
      read(proxy, OPTIONS.withCredentials(ME));
    }
  }

  @Test
  void aTokenServerThatRedirectsToAnotherHostGetsNoPasswordThere() throws Exception {
    try (FaultProxy elsewhere = new FaultProxy(registry.port(), FaultProxy.PASS)) {
      FaultProxy[] self = new FaultProxy[1];
      try (FaultProxy proxy =
          new FaultProxy(
              registry.port(),
              s ->
                  s.path().startsWith("/token")
                      ? new Answer(307, List.of("Location: http://" + elsewhere.host() + "/t"), "")
                      : challenge("Bearer realm=\"http://" + self[0].host() + "/token\""))) {
        self[0] = proxy;
        for (Credentials who : List.of(ME, new Credentials("", "refresh token", true))) {
          assertThrows(InvalidException.class, () -> read(proxy, OPTIONS.withCredentials(who)));
        }
        assertEquals(List.of(), elsewhere.seen());
      }
    }
  }

  @Test
  void aPasswordIsNotSentUnencryptedToATokenServerElsewhere() throws Exception {
    try (FaultProxy proxy =
        new FaultProxy(
            registry.port(), _ -> challenge("Bearer realm=\"http://192.0.2.1/token\""))) {
      InvalidException e =
          assertThrows(InvalidException.class, () -> read(proxy, OPTIONS.withCredentials(ME)));
      assertTrue(e.why().contains("without encryption"), e.getMessage());
    }
  }

  @Test
  void hostileChallengesAndTokensAreRefused() throws Exception {
    for (String text :
        List.of(
            "Bearer realm=\"file:///etc/passwd\"",
            "Bearer realm=\"\"",
            "Bearer realm=\"http://127.0.0.1:1/\",service=\"" + "x".repeat(9000) + "\"",
            "Bearer realm=\"unterminated",
            "Unheard-Of x=y",
            "Basic realm=\"no credentials\"",
            "=,=")) {
      try (FaultProxy proxy = new FaultProxy(registry.port(), _ -> challenge(text))) {
        assertThrows(InvalidException.class, () -> read(proxy, OPTIONS), text);
      }
    }
    for (String token :
        List.of(
            "{}", "{\"token\":\"a\\nb\"}", "[]", "{\"token\":\"" + "x".repeat(300_000) + "\"}")) {
      FaultProxy[] self = new FaultProxy[1];
      try (FaultProxy proxy =
          new FaultProxy(
              registry.port(),
              s ->
                  s.path().startsWith("/token")
                      ? new Answer(200, List.of(), token)
                      : challenge("Bearer realm=\"http://" + self[0].host() + "/token\""))) {
        self[0] = proxy;
        assertThrows(InvalidException.class, () -> read(proxy, OPTIONS));
      }
    }
  }

  @Test
  void theProxyOfTheEnvironmentIsForOthersThanLoopback() {
    ProxyFromEnvironment selector =
        new ProxyFromEnvironment(
            java.util.Map.of(
                "HTTPS_PROXY", "http://proxy.example:3128", "no_proxy", "intern.example,.corp"));
    for (String direct :
        List.of(
            "https://127.0.0.1/",
            "https://localhost:5000/",
            "https://intern.example/",
            "https://a.intern.example/",
            "https://x.corp/",
            "http://other.example/")) {
      assertEquals(
          List.of(java.net.Proxy.NO_PROXY), selector.select(java.net.URI.create(direct)), direct);
    }
    assertEquals(
        java.net.InetSocketAddress.createUnresolved("proxy.example", 3128),
        selector.select(java.net.URI.create("https://127.example.com/")).getFirst().address());
  }

  @Test
  void challengesAreReadAsTheRfcWritesThem() {
    List<Challenge> found =
        Challenge.parseAll(
            List.of(
                "Basic realm=\"a, \\\"b\\\"\" , Bearer realm=\"http://x/\" ,scope=pull,SERVICE = s",
                "Negotiate"),
            "x");
    assertEquals(3, found.size());
    assertEquals("a, \"b\"", found.getFirst().parameters().get("realm"));
    assertEquals("s", found.get(1).parameters().get("service"));
    assertEquals("negotiate", found.getLast().scheme());
  }

  @Test
  void dockersConfigIsReadAndChangedWithoutLosingTheRest() throws Exception {
    Path file = directory.resolve("docker/config.json");
    DockerConfig config = DockerConfig.at(file);
    assertEquals(Optional.empty(), config.find("a.example", ""));
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        "{\"psFormat\":\"x\",\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"aHViOnB3\"},"
            + "\"b.example/team\":{\"auth\":\"dGVhbTpwdw==\"},"
            + "\"old.example\":{\"username\":\"u\",\"password\":\"p\"},"
            + "\"t.example\":{\"identitytoken\":\"tok\"}}}");
    assertEquals("hub", config.find("docker.io", "library/busybox").orElseThrow().user());
    assertEquals("team", config.find("b.example", "team/app").orElseThrow().user());
    assertEquals(Optional.empty(), config.find("b.example", "other/app"));
    assertEquals("u", config.find("old.example", "x").orElseThrow().user());
    assertTrue(config.find("t.example", "x").orElseThrow().isIdentityToken());
    config.store("a.example:5000", ME);
    assertEquals(Optional.of(ME), config.find("a.example:5000", "x/y"));
    assertTrue(Files.readString(file).contains("psFormat"));
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      assertEquals(
          "rw-------",
          java.nio.file.attribute.PosixFilePermissions.toString(
              Files.getPosixFilePermissions(file)));
    }
    assertTrue(config.erase("a.example:5000"));
    assertFalse(config.erase("a.example:5000"));
    assertTrue(config.erase("docker.io"));
    assertEquals(Optional.empty(), config.find("docker.io", "x"));
  }

  @Test
  void rulesGiveMirrorsAndBlockRegistries() throws Exception {
    Path file = directory.resolve("registries.json");
    String dead = "127.0.0.1:" + DockerRegistry.freePort();
    try (FaultProxy mirror = new FaultProxy(registry.port(), FaultProxy.PASS)) {
      Files.writeString(
          file,
          "{\"registries\":{\"origin.invalid\":{\"mirrors\":[\""
              + dead
              + "\",\""
              + mirror.host()
              + "/private\"]},\"origin.invalid/bad\":{\"blocked\":true}}}");
      RegistryOptions options =
          OPTIONS
              .withRuleFiles(List.of(file))
              .withRetries(2, java.time.Duration.ofMillis(1), java.time.Duration.ofSeconds(5));
      try (RegistryClient client = RegistryClient.open(options)) {
        Repository repository =
            client.repository(dev.phyllo.oci.Reference.parse("origin.invalid/image"));
        assertEquals(image.descriptor().digest(), repository.manifest("1").descriptor().digest());
        try (InputStream in = repository.blob(image.parsed().config(), 0)) {
          assertEquals(image.parsed().config().digest(), Digest.sha256(in.readAllBytes()));
        }
        assertThrows(
            InvalidException.class,
            () -> client.repository(dev.phyllo.oci.Reference.parse("origin.invalid/bad/image")));
      }
    }
  }
}
