package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.Supervised;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Ids;
import dev.phyllo.linux.Inotify;
import dev.phyllo.linux.LocalSocket;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Poll;
import dev.phyllo.linux.Terminal;
import dev.phyllo.linux.Wake;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps the containers of a root that run beside their callers: it is their parent, knows their
 * exit statuses, notes when they wrote something, and starts them again as their policies say. One
 * for all namespaces, started when it is first needed, gone when it has had nothing to keep for ten
 * seconds.
 *
 * <p>Nothing depends on its life. Containers and their output go on without it; all it knows is in
 * their records, from which the next one takes over.
 */
final class Supervisor {
  /** Held by the one there is. */
  static final String LOCK = "lock";

  /** Where it answers. */
  static final String SOCKET = "socket";

  /** Its own standard output and error: empty unless something is wrong with it. */
  static final String LOG = "log";

  private static final long IDLE_MILLIS = Long.getLong("dev.phyllo.idleMillis", 10_000);

  /** How often at most it notes how long the logs are. */
  private static final long TICK_MILLIS = 10;

  private final Path root;
  private final Path directory;
  private final Wake wake = Wake.open();
  private final Inotify inotify = Inotify.open();
  private final AtomicInteger busy = new AtomicInteger();
  private final Restarts restarts = new Restarts();
  private final Results results = new Results();

  /** Guarded by itself. */
  private final List<Kept> kept = new ArrayList<>();

  private volatile boolean leaving;

  Supervisor(Path root) {
    this.root = root;
    this.directory = directory(root);
  }

  static Path directory(Path root) {
    return root.resolve("supervisor");
  }

  /** Works until there is nothing to keep. */
  void run() {
    DurableFiles.createDirectories(directory);
    Locks locks = new Locks(directory, new OfdFileLocker());
    try (FileLocker.Held _ = locks.acquire(LOCK, Locks.Mode.EXCLUSIVE)) {
      delete(directory.resolve(SOCKET));
      SupervisorPlace.write(directory);
      adoptAll();
      try (LocalSocket server = LocalSocket.listen(directory, SOCKET)) {
        Thread acceptor = new Thread(() -> accept(server), "accept");
        acceptor.setDaemon(true);
        acceptor.start();
        keep();
        delete(directory.resolve(SOCKET));
      }
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new dev.phyllo.oci.SystemException(file.toString(), e);
    }
  }

  private Phyllo engine(String namespace, String snapshotter) {
    EngineOptions options = EngineOptions.at(root).withNamespace(namespace);
    return Phyllo.open(snapshotter.isEmpty() ? options : options.withSnapshotter(snapshotter));
  }

  /** Takes over what another supervisor, or the machine, left behind. */
  private void adoptAll() {
    for (String namespace : NamespaceDirs.list(root)) {
      Containers containers = engine(namespace, "").containers();
      for (Container c : containers.list()) {
        try {
          adopt(namespace, c, containers);
        } catch (PhylloException e) {
          System.err.println(c.name() + ": " + e.getMessage());
        }
      }
    }
  }

  private void adopt(String namespace, Container c, Containers containers) {
    switch (containers.supervision().left(c)) {
      case RUNNING -> {
        Phyllo engine = engine(namespace, containers.state(c).driver());
        add(new Kept(engine, engine.containers().supervision().adopt(c), inotify, 0));
      }
      case RESTARTING ->
          restarts.in(
              Restarts.FIRST_MILLIS,
              engine(namespace, containers.state(c).driver()),
              c,
              Restarts.FIRST_MILLIS);
      case STARTING -> containers.supervision().abandonStart(c);
      case NOTHING -> {}
    }
  }

  private void add(Kept one) {
    synchronized (kept) {
      kept.add(one);
    }
    one.note(); // what was told of it before it was here
    wake.up();
  }

  private void keep() {
    long idleSince = System.nanoTime();
    while (!leaving) {
      List<Kept> now;
      synchronized (kept) {
        now = new ArrayList<>(kept);
      }
      boolean idle = now.isEmpty() && busy.get() == 0 && restarts.isEmpty();
      if (!idle) {
        idleSince = System.nanoTime();
      }
      long left = IDLE_MILLIS - (System.nanoTime() - idleSince) / 1_000_000;
      if (left <= 0) {
        return;
      }
      await(now, idle ? left : restarts.isEmpty() ? -1 : restarts.millisToNext());
      for (Restarts.Due due : restarts.due()) {
        work("restart", () -> again(due));
      }
    }
  }

  private void await(List<Kept> now, long millis) {
    List<Fd> fds = new ArrayList<>();
    fds.add(wake.fd());
    fds.add(inotify.fd());
    List<Kept> polled = new ArrayList<>();
    for (Kept one : now) {
      Fd pidfd = one.supervised().pidfd();
      if (pidfd == null) {
        finish(one);
      } else {
        polled.add(one);
        fds.add(pidfd);
      }
    }
    boolean[] ready = Poll.readable(fds, polled.size() == now.size() ? millis : 0);
    wake.clear();
    if (ready[1]) {
      List<Integer> watches = inotify.changed();
      List<Kept> all;
      synchronized (kept) {
        all = new ArrayList<>(kept);
      }
      for (Kept one : all) {
        one.noteIf(watches);
      }
      pause();
    }
    for (int i = 0; i < polled.size(); i++) {
      if (ready[i + 2]) {
        finish(polled.get(i));
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(TICK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** It has ended: the rest may take a while. */
  private void finish(Kept one) {
    synchronized (kept) {
      if (!kept.remove(one)) {
        return;
      }
    }
    work(
        "end",
        () -> {
          // Who waits for one that goes when it ends asks for this as soon as it is gone.
          boolean again = one.end(() -> results.add(one.supervised()));
          if (again) {
            long delay = Restarts.next(one.backoff(), one.ranMillis());
            restarts.in(delay, one.engine(), one.supervised().container(), delay);
          }
        });
  }

  private void work(String what, Runnable what2) {
    busy.incrementAndGet();
    Thread thread =
        new Thread(
            () -> {
              try {
                what2.run();
              } catch (RuntimeException e) {
                System.err.println(what + ": " + e);
              } finally {
                busy.decrementAndGet();
                wake.up();
              }
            },
            what);
    thread.setDaemon(true);
    thread.start();
  }

  private void again(Restarts.Due due) {
    Containers containers = due.engine().containers();
    try {
      Supervised supervised = containers.supervision().restart(due.container());
      if (supervised != null) {
        add(new Kept(due.engine(), supervised, inotify, due.backoff()));
      }
    } catch (dev.phyllo.oci.ConflictException e) {
      restarts.in(Restarts.FIRST_MILLIS, due.engine(), due.container(), due.backoff());
    }
  }

  private void accept(LocalSocket server) {
    while (true) {
      LocalSocket caller = server.accept();
      if (caller == null) {
        return;
      }
      work("request", () -> serve(caller));
    }
  }

  private void serve(LocalSocket caller) {
    try (caller) {
      long uid = caller.peerUid();
      if (uid != 0 && uid != Ids.effectiveUid()) {
        return;
      }
      byte[] message = caller.receive();
      while (message != null) {
        JsonBuilder answer;
        try {
          answer = answer(SupervisorMessage.parse(message));
        } catch (PhylloException e) {
          answer = SupervisorMessage.error(e);
        }
        if (!caller.send(SupervisorMessage.bytes(answer)) || leaving) {
          wake.up();
          return;
        }
        message = caller.receive();
      }
    }
  }

  private JsonBuilder answer(JsonObject request) {
    String verb = request.requireString("do");
    if (verb.equals("leave")) {
      leaving = true;
      return SupervisorMessage.ok();
    }
    if (request.requireNumber("version") != SupervisorMessage.VERSION
        || request.requireNumber("build") != SupervisorMessage.build()) {
      return new JsonBuilder().put("version", SupervisorMessage.VERSION);
    }
    switch (verb) {
      case "start" -> start(request);
      case "wake" -> restarts.all();
      case "ping" -> {}
      case "result" -> {
        Optional<Integer> status = results.of(request.requireString("id"));
        JsonBuilder answer = SupervisorMessage.ok();
        if (status.isPresent()) {
          answer.put("status", status.get());
        }
        return answer;
      }
      default -> throw new UsageException(verb, "the supervisor knows no such request", "");
    }
    return SupervisorMessage.ok();
  }

  /** Whoever asks has claimed the container. */
  private void start(JsonObject request) {
    Phyllo engine =
        engine(request.requireString("namespace"), request.requireString("snapshotter"));
    Containers containers = engine.containers();
    Container c = containers.require(request.requireString("id"));
    try (Pidfd process = containers.processes().of(c)) {
      if (process != null) {
        return; // another supervisor has started it, and died before it could say so
      }
    }
    Optional<Terminal.Size> size =
        request.number("rows").isEmpty()
            ? Optional.empty()
            : Optional.of(
                new Terminal.Size(
                    (int) request.requireNumber("rows"), (int) request.requireNumber("columns")));
    Supervised started;
    if (request.bool("explain").orElse(false)) {
      try (StepFile steps = StepFile.write(containers.directory(c))) {
        started =
            Phyllo.open(engine.options().withSteps(steps))
                .containers()
                .supervision()
                .start(c, 0, size);
      }
    } else {
      started = containers.supervision().start(c, 0, size);
    }
    add(new Kept(engine, started, inotify, 0));
  }
}
