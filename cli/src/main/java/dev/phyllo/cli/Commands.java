package dev.phyllo.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The words the program knows, and the class behind each; a class is loaded only when called. */
final class Commands {
  /**
   * A line of the program's help.
   *
   * @param group the heading it stands under
   * @param name the word
   * @param summary what it does
   */
  record Entry(String group, String name, String summary) {}

  /** Every command, in the order of the help. */
  static final List<Entry> LIST =
      List.of(
          new Entry("Images", "load", "Load images from an archive, a layout or standard input"),
          new Entry("Images", "pull", "Bring images from a registry"),
          new Entry("Images", "push", "Send an image to a registry"),
          new Entry(
              "Images",
              "copy",
              "Copy an image between registries, layouts, archives and the store"),
          new Entry("Images", "sync", "Copy a list of images, and later what changed"),
          new Entry("Images", "tags", "List a repository's tags in a registry"),
          new Entry("Images", "referrers", "List signatures and what else refers to an image"),
          new Entry("Images", "delete", "Delete images in a registry"),
          new Entry("Images", "login", "Keep credentials for a registry"),
          new Entry("Images", "logout", "Forget the credentials for a registry"),
          new Entry("Images", "save", "Save images to an archive, a layout or standard output"),
          new Entry("Images", "images", "List images"),
          new Entry("Images", "inspect", "Show everything about an image or container, as JSON"),
          new Entry("Images", "layers", "Show an image's layers: instruction, digests, snapshot"),
          new Entry("Images", "history", "Show what made each layer of an image"),
          new Entry("Images", "which", "Show which layer of an image provides a path"),
          new Entry("Images", "tree", "Show an image's merged tree, each entry with its layer"),
          new Entry("Images", "waste", "Show the bytes of an image that nobody can see"),
          new Entry("Images", "tag", "Give an image another name"),
          new Entry("Images", "import", "Make an image of a root file system's archive"),
          new Entry("Images", "rmi", "Remove images and what only they needed"),
          new Entry("Images", "verify", "Compute every digest of an image again"),
          new Entry("Images", "prune", "Remove images that have no name, or are not in use"),
          new Entry("Images", "build", "Build an image from a Containerfile"),
          new Entry("Images", "image", "Docker's longer names: image ls, image rm, image prune"),
          new Entry("Containers", "run", "Run a command in a new container"),
          new Entry("Containers", "create", "Make a container to start later"),
          new Entry("Containers", "start", "Start containers that do not run"),
          new Entry("Containers", "exec", "Run a command in a container that runs"),
          new Entry("Containers", "attach", "Attach to a container that runs"),
          new Entry("Containers", "logs", "Show what a container has written"),
          new Entry("Containers", "ps", "List containers"),
          new Entry("Containers", "top", "List the processes of a container"),
          new Entry("Containers", "stats", "Show what containers use"),
          new Entry("Containers", "stop", "Stop containers"),
          new Entry("Containers", "kill", "Send containers a signal"),
          new Entry("Containers", "pause", "Stop every process of containers where it is"),
          new Entry("Containers", "unpause", "Let paused containers go on"),
          new Entry("Containers", "restart", "Stop containers and start them again"),
          new Entry("Containers", "wait", "Wait until containers have ended"),
          new Entry("Containers", "update", "Change the limits of containers"),
          new Entry("Containers", "rename", "Give a container another name"),
          new Entry("Containers", "rm", "Remove containers"),
          new Entry(
              "Containers", "diff", "List what a container changed, or what lies between images"),
          new Entry("Containers", "commit", "Make an image of a container's changes"),
          new Entry("Containers", "export", "Write a container's whole tree as an archive"),
          new Entry("Containers", "cp", "Copy files between this machine and a container"),
          new Entry("Containers", "network", "Make, list and remove networks"),
          new Entry("Containers", "port", "Show a container's published ports"),
          new Entry("Containers", "volume", "Make, list and remove volumes"),
          new Entry("Containers", "container", "Docker's longer names: container ls, container rm"),
          new Entry("By hand", "layer", "Make a layer of a directory"),
          new Entry("By hand", "layout", "Put an image together of layers"),
          new Entry("By hand", "mutate", "Change an image's layers or config"),
          new Entry("By hand", "pack", "Make an image of programs of this machine"),
          new Entry("Looking inside", "content", "List and read blobs by digest"),
          new Entry("Looking inside", "bundle", "Print where a container's OCI bundle is"),
          new Entry(
              "Looking inside", "snapshot", "Show snapshots, and make and remove them by hand"),
          new Entry("Looking inside", "mount", "Mount an image, a container or a snapshot"),
          new Entry("Looking inside", "umount", "Unmount what mount mounted"),
          new Entry(
              "Looking inside", "demo", "Make an image by hand and watch it become a process"),
          new Entry(
              "Looking inside", "unshare", "Run a command among the engine's users and mounts"),
          new Entry("The engine", "df", "Show what takes space on disk"),
          new Entry("The engine", "gc", "Remove what nothing refers to"),
          new Entry("The engine", "doctor", "Check everything in the store, and repair it"),
          new Entry("The engine", "system", "system prune: stopped containers, images, garbage"),
          new Entry(
              "The engine", "completion", "Print what bash or zsh needs to complete commands"),
          new Entry("The engine", "man", "Print the manual page"),
          new Entry("The engine", "info", "Show where and how the engine works here"),
          new Entry("The engine", "version", "Show the version"));

  private Commands() {}

  /** The command of that name, or null. */
  static @Nullable Command find(String name) {
    return switch (name) {
      case "image", "container" -> new GroupCommand(name);
      case "load" -> new LoadCommand();
      case "pull" -> new PullCommand();
      case "push" -> new PushCommand();
      case "copy" -> new CopyCommand();
      case "sync" -> new SyncCommand();
      case "tags", "list-tags" -> new TagsCommand();
      case "referrers" -> new ReferrersCommand();
      case "delete" -> new DeleteCommand();
      case "login" -> new LoginCommand();
      case "logout" -> new LogoutCommand();
      case "save" -> new SaveCommand();
      case "images" -> new ImagesCommand();
      case "inspect" -> new InspectCommand();
      case "layers" -> new LayersCommand();
      case "history" -> new HistoryCommand();
      case "which" -> new WhichCommand();
      case "tree" -> new TreeCommand();
      case "waste" -> new WasteCommand();
      case "layer" -> new LayerCommand();
      case "layout" -> new LayoutCommand();
      case "mutate" -> new MutateCommand();
      case "pack" -> new PackCommand();
      case "completion" -> new CompletionCommand();
      case "__complete" -> new CompleteCommand();
      case "man" -> new ManCommand();
      case "tag" -> new TagCommand();
      case "import" -> new ImportCommand();
      case "rmi" -> new RmiCommand();
      case "verify" -> new VerifyCommand();
      case "prune" -> new PruneCommand();
      case "build" -> new BuildCommand();
      case "run" -> new RunCommand();
      case "create" -> new CreateCommand();
      case "start" -> new StartCommand();
      case "exec" -> new ExecCommand();
      case "top" -> new TopCommand();
      case "stats" -> new StatsCommand();
      case "attach" -> new AttachCommand();
      case "logs" -> new LogsCommand();
      case "ps" -> new PsCommand();
      case "stop" -> new StopCommand(false);
      case "restart" -> new StopCommand(true);
      case "kill" -> new KillCommand();
      case "pause" -> new PauseCommand(true);
      case "unpause" -> new PauseCommand(false);
      case "wait" -> new WaitCommand();
      case "rename" -> new RenameCommand();
      case "update" -> new UpdateCommand();
      case "rm" -> new RmCommand();
      case "diff" -> new DiffCommand();
      case "commit" -> new CommitCommand();
      case "export" -> new ExportCommand();
      case "cp" -> new CpCommand();
      case "network" -> new NetworkCommand();
      case "port" -> new PortCommand();
      case "volume" -> new VolumeCommand();
      case "bundle" -> new BundleCommand();
      case "content" -> new ContentCommand();
      case "snapshot", "snapshots" -> new SnapshotCommand();
      case "mount" -> new MountCommand();
      case "umount", "unmount" -> new UmountCommand();
      case "demo" -> new DemoCommand();
      case "df" -> new DfCommand();
      case "doctor" -> new DoctorCommand();
      case "gc" -> new GcCommand();
      case "system" -> new SystemCommand();
      case "unshare" -> new UnshareCommand();
      case "info" -> new InfoCommand();
      case "version" -> new VersionCommand();
      default -> null;
    };
  }
}
