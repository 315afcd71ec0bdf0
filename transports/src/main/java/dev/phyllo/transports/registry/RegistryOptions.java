package dev.phyllo.transports.registry;

import dev.phyllo.oci.StepListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How registries are talked to.
 *
 * @param credentials who to be at every registry; without it, what docker's configuration says
 * @param authFile the only file of credentials to read; without it, the usual ones
 * @param certDir a directory of certificates used instead of {@code /etc/docker/certs.d/HOST}: the
 *     authorities in {@code *.crt}, and a certificate of one's own in {@code *.cert} and {@code
 *     *.key}
 * @param tlsVerify whether servers must prove who they are; without, plain HTTP is spoken too
 * @param ruleFiles the files that say which registries have mirrors or are blocked; the first that
 *     knows a registry decides. See {@link RegistryRules}
 * @param attempts how often a request is sent before giving up, at least once
 * @param backOff the pause before the second attempt, doubled before each further one
 * @param patience how long a server may say nothing
 * @param steps hears of each request
 */
public record RegistryOptions(
    Optional<Credentials> credentials,
    Optional<Path> authFile,
    Optional<Path> certDir,
    boolean tlsVerify,
    List<Path> ruleFiles,
    int attempts,
    Duration backOff,
    Duration patience,
    StepListener steps) {

  /** What docker's configuration says, and six attempts. */
  public static final RegistryOptions DEFAULT =
      new RegistryOptions(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          true,
          RegistryRules.usualFiles(),
          6,
          Duration.ofMillis(250),
          Duration.ofSeconds(60),
          StepListener.NONE);

  /** Keeps a copy. */
  public RegistryOptions {
    ruleFiles = List.copyOf(ruleFiles);
    attempts = Math.max(1, attempts);
  }

  /** The same as this user. */
  public RegistryOptions withCredentials(Credentials other) {
    return new RegistryOptions(
        Optional.of(other),
        authFile,
        certDir,
        tlsVerify,
        ruleFiles,
        attempts,
        backOff,
        patience,
        steps);
  }

  /** The same with the credentials in this file only. */
  public RegistryOptions withAuthFile(Path file) {
    return new RegistryOptions(
        credentials,
        Optional.of(file),
        certDir,
        tlsVerify,
        ruleFiles,
        attempts,
        backOff,
        patience,
        steps);
  }

  /** The same with the certificates in this directory. */
  public RegistryOptions withCertDir(Path directory) {
    return new RegistryOptions(
        credentials,
        authFile,
        Optional.of(directory),
        tlsVerify,
        ruleFiles,
        attempts,
        backOff,
        patience,
        steps);
  }

  /** The same, believing any server, or not. */
  public RegistryOptions withTlsVerify(boolean verify) {
    return new RegistryOptions(
        credentials, authFile, certDir, verify, ruleFiles, attempts, backOff, patience, steps);
  }

  /** The same with the rules in these files only. */
  public RegistryOptions withRuleFiles(List<Path> files) {
    return new RegistryOptions(
        credentials, authFile, certDir, tlsVerify, files, attempts, backOff, patience, steps);
  }

  /** The same with other patience. */
  public RegistryOptions withRetries(int newAttempts, Duration newBackOff, Duration newPatience) {
    return new RegistryOptions(
        credentials,
        authFile,
        certDir,
        tlsVerify,
        ruleFiles,
        newAttempts,
        newBackOff,
        newPatience,
        steps);
  }

  /** The same, telling its steps. */
  public RegistryOptions withSteps(StepListener listener) {
    return new RegistryOptions(
        credentials,
        authFile,
        certDir,
        tlsVerify,
        ruleFiles,
        attempts,
        backOff,
        patience,
        listener);
  }
}
