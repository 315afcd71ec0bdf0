package dev.phyllo.build.containerfile;

import java.util.Locale;
import java.util.Optional;

/** The checks, by the names that {@code # check=skip=…} knows. */
public enum Rule {
  /** A stage's name has upper-case letters. */
  STAGE_NAME_CASING("StageNameCasing"),
  /** {@code FROM … as} or {@code from … AS}. */
  FROM_AS_CASING("FromAsCasing"),
  /** An empty line after a continued one. */
  NO_EMPTY_CONTINUATION("NoEmptyContinuation"),
  /** Most instructions are in one case, and this is in the other. */
  CONSISTENT_INSTRUCTION_CASING("ConsistentInstructionCasing"),
  /** Two stages have one name. */
  DUPLICATE_STAGE_NAME("DuplicateStageName"),
  /** A stage is called {@code scratch} or {@code context}. */
  RESERVED_STAGE_NAME("ReservedStageName"),
  /** CMD or ENTRYPOINT by way of a shell, which does not pass signals on. */
  JSON_ARGS_RECOMMENDED("JSONArgsRecommended"),
  /** MAINTAINER. */
  MAINTAINER_DEPRECATED("MaintainerDeprecated"),
  /** FROM uses a variable that no ARG before it declares. */
  UNDEFINED_ARG_IN_FROM("UndefinedArgInFrom"),
  /** WORKDIR is relative and none before it in the stage is absolute. */
  WORKDIR_RELATIVE_PATH("WorkdirRelativePath"),
  /** A variable is used that neither ENV nor ARG defines. */
  UNDEFINED_VAR("UndefinedVar"),
  /** A second CMD, ENTRYPOINT or HEALTHCHECK in a stage, of which only the last counts. */
  MULTIPLE_INSTRUCTIONS_DISALLOWED("MultipleInstructionsDisallowed"),
  /** {@code ENV key value}. */
  LEGACY_KEY_VALUE_FORMAT("LegacyKeyValueFormat"),
  /** {@code FROM --platform=$TARGETPLATFORM}. */
  REDUNDANT_TARGET_PLATFORM("RedundantTargetPlatform"),
  /** ARG or ENV named like a secret. */
  SECRETS_USED_IN_ARG_OR_ENV("SecretsUsedInArgOrEnv"),
  /** FROM is no image's name if nobody sets the ARGs. */
  INVALID_DEFAULT_ARG_IN_FROM("InvalidDefaultArgInFrom"),
  /** {@code FROM --platform=linux/amd64}. */
  FROM_PLATFORM_FLAG_CONST_DISALLOWED("FromPlatformFlagConstDisallowed"),
  /** EXPOSE with a protocol in upper case. */
  EXPOSE_PROTO_CASING("ExposeProtoCasing"),
  /** EXPOSE with an address or a port of the host. */
  EXPOSE_INVALID_FORMAT("ExposeInvalidFormat"),
  /** A build argument was given that no ARG of the needed stages takes. */
  UNUSED_BUILD_ARGUMENT("UnusedBuildArgument");

  private final String title;

  Rule(String title) {
    this.title = title;
  }

  /** The name as users write it. */
  public String title() {
    return title;
  }

  /** The rule of a name, in whatever case. */
  public static Optional<Rule> named(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    for (Rule rule : values()) {
      if (rule.title.toLowerCase(Locale.ROOT).equals(wanted)) {
        return Optional.of(rule);
      }
    }
    return Optional.empty();
  }
}
