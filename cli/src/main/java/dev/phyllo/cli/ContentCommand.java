package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.store.BlobInfo;
import dev.phyllo.store.ContentStore;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** {@code content}: the blobs, as ctr shows them. */
final class ContentCommand implements Command {
  ContentCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax("content ls|cat [DIGEST]", "List and read blobs by digest")
                .flag("q", "quiet", "Print only digests"))
        .words(1, 2)
        .example("phyllo content ls")
        .example("phyllo content cat sha256:1f2e… | jq");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    ContentStore content = session.engine().content();
    switch (words.getFirst()) {
      case "ls", "list" -> list(content, arguments, session);
      case "cat", "get" -> {
        if (words.size() != 2) {
          throw new UsageException("content cat", "which blob?", "phyllo content cat DIGEST");
        }
        cat(content, find(content, words.get(1)), session);
      }
      default -> throw Subcommands.unknown("content", words.getFirst(), "ls", "cat");
    }
    return 0;
  }

  private static void list(ContentStore content, Arguments arguments, Session session) {
    List<BlobInfo> blobs = content.list();
    if (arguments.has("quiet")) {
      for (BlobInfo blob : blobs) {
        session.println(blob.digest().toString());
      }
      return;
    }
    if (arguments.value("format").isPresent()) {
      List<Json.Obj> rows = new ArrayList<>();
      for (BlobInfo blob : blobs) {
        rows.add(
            new JsonBuilder()
                .put("Digest", blob.digest().toString())
                .put("Size", blob.size())
                .put("Modified", Times.rfc3339(blob.modifiedMillis()))
                .put("Path", content.path(blob.digest()).toString())
                .build());
      }
      if (Format.rows(arguments, rows, session)) {
        return;
      }
    }
    Table table = new Table().header("DIGEST", "SIZE", "AGE");
    for (BlobInfo blob : blobs) {
      table.row(
          blob.digest().toString(), Sizes.brief(blob.size()), Times.ago(blob.modifiedMillis()));
    }
    session.print(table.toString());
  }

  private static Digest find(ContentStore content, String text) {
    if (Digest.isValid(text)) {
      return Digest.parse(text);
    }
    List<Digest> found = new ArrayList<>();
    for (BlobInfo blob : content.list()) {
      if (blob.digest().toString().startsWith(text) || blob.digest().hex().startsWith(text)) {
        found.add(blob.digest());
      }
    }
    if (found.size() > 1) {
      throw new UsageException(text, "more than one digest begins so", "write more of it");
    }
    if (found.isEmpty()) {
      throw new NotFoundException(text, "no such blob", "phyllo content ls lists them");
    }
    return found.getFirst();
  }

  private static void cat(ContentStore content, Digest digest, Session session) {
    session.flush();
    try (InputStream in = content.open(digest)) {
      // Not System.out: a PrintStream swallows the error of a full disk or a closed pipe.
      in.transferTo(new FileOutputStream(FileDescriptor.out));
    } catch (IOException e) {
      throw new SystemException(digest.toString(), e);
    }
  }
}
