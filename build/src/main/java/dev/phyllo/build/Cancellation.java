package dev.phyllo.build;

import dev.phyllo.oci.ConflictException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The first failure of a build ends all of it. */
final class Cancellation {
  private final List<Runnable> hooks = new ArrayList<>();
  private @Nullable RuntimeException first;

  /** Something failed. */
  void fail(RuntimeException failure) {
    List<Runnable> todo;
    synchronized (this) {
      if (first != null) {
        return;
      }
      first = failure;
      todo = List.copyOf(hooks);
    }
    for (Runnable hook : todo) {
      hook.run();
    }
  }

  /** Throws if something failed. */
  synchronized void check() {
    if (first != null) {
      throw new ConflictException("step", "another step failed", "");
    }
  }

  /** Whether something failed. */
  synchronized boolean isFailed() {
    return first != null;
  }

  /** What failed first. */
  synchronized @Nullable RuntimeException first() {
    return first;
  }

  /** Something to do when another step fails, until it is closed. */
  Hook onFailure(Runnable hook) {
    boolean late;
    synchronized (this) {
      hooks.add(hook);
      late = first != null;
    }
    if (late) {
      hook.run();
    }
    return () -> {
      synchronized (Cancellation.this) {
        hooks.remove(hook);
      }
    };
  }

  /** Takes a hook away again. */
  interface Hook extends AutoCloseable {
    @Override
    void close();
  }
}
