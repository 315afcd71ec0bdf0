package dev.phyllo.containers;

import dev.phyllo.linux.Capabilities;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.ProcessRecipes;
import dev.phyllo.linux.ResourceLimits;
import dev.phyllo.linux.Signals;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.linux.seccomp.Seccomp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The steps by which a process that is in its container already becomes what the specification
 * says: its limits, its user, what it may do, and its program. They are those of a {@link
 * dev.phyllo.linux.SecondStage}.
 */
final class ProcessSteps {
  private static final int PR_SET_PDEATHSIG = 1;

  private final Plan.Builder plan;
  private final ContainerSpec spec;
  private final Accounts.Identity identity;

  ProcessSteps(Plan.Builder plan, ContainerSpec spec, Accounts.Identity identity) {
    this.plan = plan;
    this.spec = spec;
    this.identity = identity;
  }

  /**
   * Adds them all.
   *
   * @param endsWithEngine whether the process is killed when whoever started it dies
   */
  void add(boolean endsWithEngine) {
    for (Ulimit limit : spec.resources().ulimits()) {
      ResourceLimits.set(plan, limit.name(), limit.soft(), limit.hard());
    }
    SecuritySpec security = spec.security();
    long capabilities = 0;
    for (String name : security.capabilities()) {
      capabilities |= 1L << Capabilities.number(name);
    }
    List<Integer> groups = new ArrayList<>();
    for (int gid : identity.groups()) {
      groups.add(gid);
    }
    // Where groups may not be left, none can be joined either.
    boolean changesGroups = UserNamespace.current().setgroups();
    Seccomp.Filter filter = filter(security, capabilities);
    plan.umask(022);
    ProcessRecipes.identity(
        plan,
        identity.uid(),
        identity.gid(),
        changesGroups ? groups : null,
        capabilities,
        security.noNewPrivileges(),
        filter);
    if (endsWithEngine) {
      // After the change of user, which would clear it: a killed engine leaves no orphan behind.
      plan.prctl(PR_SET_PDEATHSIG, Signals.KILL, 0, 0, 0);
    }
    ProcessRecipes.filter(plan, security.noNewPrivileges(), filter);
    execute();
  }

  private static Seccomp.@Nullable Filter filter(SecuritySpec security, long capabilities) {
    String profile = security.seccomp();
    if (profile.equals(SecuritySpec.UNCONFINED)) {
      return null;
    }
    return profile.isEmpty()
        ? Seccomp.byDefault(capabilities)
        : Seccomp.ofProfile(profile, capabilities);
  }

  private void execute() {
    List<byte[]> args = new ArrayList<>();
    for (String arg : spec.process().args()) {
      args.add(RootMount.bytes(arg));
    }
    Environment env = environment(spec, identity);
    List<byte[]> environment = new ArrayList<>();
    for (String assignment : env.toList()) {
      environment.add(RootMount.bytes(assignment));
    }
    plan.part("the process becomes the program");
    ProcessRecipes.exec(plan, spec.process().args().getFirst(), env.get("PATH"), args, environment);
  }

  /** What the process finds in its environment. */
  static Environment environment(ContainerSpec spec, Accounts.Identity identity) {
    return new Environment()
        .put("PATH", Environment.DEFAULT_PATH)
        .put("HOSTNAME", spec.network().hostname())
        .putAll(spec.process().env())
        .putIfAbsent("HOME", identity.home());
  }
}
