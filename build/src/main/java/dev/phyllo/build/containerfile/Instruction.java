package dev.phyllo.build.containerfile;

import java.util.Locale;

/**
 * One instruction of a Containerfile. Its fields are what was written, variables and all, until
 * {@link #expand} gives the same instruction with the values in their place.
 */
public sealed interface Instruction
    permits Add,
        Arg,
        Cmd,
        Copy,
        Entrypoint,
        Env,
        Expose,
        From,
        Healthcheck,
        Label,
        Maintainer,
        Onbuild,
        Run,
        Shell,
        StopSignal,
        User,
        Volume,
        Workdir {

  /** The text it was made from, and where that stands. */
  Origin origin();

  /**
   * The instruction with the variables of its fields replaced. Which fields have variables is the
   * Dockerfile reference's rule: those of ADD, COPY, ENV, EXPOSE, FROM, LABEL, STOPSIGNAL, USER,
   * VOLUME and WORKDIR, the values of ARG, and the mounts of RUN. The commands of RUN, CMD,
   * ENTRYPOINT and HEALTHCHECK are left for the shell of the container.
   *
   * <p>All of one instruction sees the same values: in {@code ENV a=1 b=$a}, {@code b} is what
   * {@code a} was before.
   *
   * @param expansion gives the values, and keeps which names were asked for
   * @return the same kind of instruction; {@code this} where nothing can change
   * @throws dev.phyllo.oci.InvalidException if a value is malformed, or {@code ${name:?…}} says so
   */
  Instruction expand(Expansion expansion);

  /** The instruction's name in upper case, such as {@code RUN}. */
  default String name() {
    return origin().keyword().toUpperCase(Locale.ROOT);
  }

  /** Where it stands. */
  default Location location() {
    return origin().location();
  }
}
