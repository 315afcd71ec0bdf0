package dev.phyllo.build;

import dev.phyllo.build.containerfile.Cmd;
import dev.phyllo.build.containerfile.Containerfile;
import dev.phyllo.build.containerfile.Entrypoint;
import dev.phyllo.build.containerfile.Env;
import dev.phyllo.build.containerfile.Expose;
import dev.phyllo.build.containerfile.GlobalScope;
import dev.phyllo.build.containerfile.Healthcheck;
import dev.phyllo.build.containerfile.Instruction;
import dev.phyllo.build.containerfile.Label;
import dev.phyllo.build.containerfile.Location;
import dev.phyllo.build.containerfile.Onbuild;
import dev.phyllo.build.containerfile.Scope;
import dev.phyllo.build.containerfile.StopSignal;
import dev.phyllo.build.containerfile.User;
import dev.phyllo.build.containerfile.Volume;
import dev.phyllo.build.containerfile.Workdir;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.UsageException;
import java.util.List;

/**
 * Containerfile instructions that change the config of an image which is made without a build: what
 * {@code --change} of docker's commit and import takes, with the meaning they have in a build.
 */
public final class ConfigChanges {
  private static final String REMEDY =
      "use one of CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER,"
          + " VOLUME, WORKDIR";

  private ConfigChanges() {}

  /**
   * Applies instructions, in order.
   *
   * @param from the config
   * @param instructions one of CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD,
   *     STOPSIGNAL, USER, VOLUME and WORKDIR each
   * @return the config with all of them
   * @throws UsageException if one is not such an instruction
   */
  public static ProcessConfig apply(ProcessConfig from, List<String> instructions) {
    StageConfig config = new StageConfig(from);
    Scope scope = Scope.of(GlobalScope.EMPTY, from.env());
    for (String instruction : instructions) {
      String option = "--change \"" + instruction.strip() + "\"";
      if (instruction.isBlank()) {
        throw new UsageException(option, "not an instruction", REMEDY);
      }
      try {
        Instruction parsed =
            Containerfile.parseOne(instruction, new Location(option, 1, 1, 1), "it");
        if (!isChange(parsed)) {
          throw new UsageException(option, "not an instruction that changes a config", REMEDY);
        }
        change(config, scope.enter(parsed).instruction());
      } catch (InvalidException e) {
        throw new UsageException(option, e.why(), e.remedy(), e);
      }
    }
    return config.process();
  }

  /** As in docker, SHELL is not among them. */
  private static boolean isChange(Instruction instruction) {
    return switch (instruction) {
      case Cmd _,
          Entrypoint _,
          Env _,
          Expose _,
          Healthcheck _,
          Label _,
          Onbuild _,
          StopSignal _,
          User _,
          Volume _,
          Workdir _ ->
          true;
      default -> false;
    };
  }

  private static void change(StageConfig config, Instruction instruction) {
    if (instruction instanceof Workdir dir) {
      config.workingDir(dir.path());
    } else {
      config.apply(instruction);
    }
  }
}
