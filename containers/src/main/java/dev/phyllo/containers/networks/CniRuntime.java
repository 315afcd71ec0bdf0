package dev.phyllo.containers.networks;

import dev.phyllo.linux.Program;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Calls CNI plugins (CNI specification, section 2, "Execution Protocol", and section 3, "Execution
 * of Network Configurations"): one after the other to connect, in the opposite order to disconnect,
 * each with the configuration on its standard input and everything else in its environment.
 */
public final class CniRuntime {
  private static final int MOST_OUTPUT = 1 << 20;
  private static final int SECONDS = 60;
  private static final String PROGRAMS =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final CniPlugins plugins;
  private final @Nullable Path network;
  private final StepListener steps;

  /** Calls the plugins of this machine. */
  public CniRuntime(CniPlugins plugins, StepListener steps) {
    this(plugins, null, steps);
  }

  /**
   * Calls them in a network namespace, where the bridges are then.
   *
   * @param network the file that it is mounted on; null for that of this process
   */
  public CniRuntime(CniPlugins plugins, @Nullable Path network, StepListener steps) {
    this.plugins = plugins;
    this.network = network;
    this.steps = steps;
  }

  /**
   * Connects a container. If it fails, the caller disconnects: plugins bear that for what they have
   * not done.
   *
   * @param id the container's id
   * @param namespace the file of its network namespace
   * @return what the last plugin answered
   * @throws PhylloException with what the plugin said
   */
  public Json.Obj add(Attachment a, String id, String namespace) {
    Json.Obj previous = null;
    for (JsonObject plugin : pluginsOf(a)) {
      JsonBuilder request = request(plugin, a);
      if (previous != null) {
        request.put("prevResult", previous);
      }
      byte[] answer = call("ADD", plugin, a, id, namespace, request.build());
      previous = JsonCodec.parseObject(answer, "the answer of " + name(plugin, a)).value();
    }
    if (previous == null) {
      throw new SystemException(
          "network " + a.network(), "its configuration names no plugin", "make it again", 0);
    }
    return previous;
  }

  /**
   * Opens the ports of a connection that is made already, and is told of them only now.
   *
   * @param namespace the file of its network namespace
   */
  public void publish(Attachment a, String id, String namespace) {
    for (JsonObject plugin : pluginsOf(a)) {
      JsonObject capabilities = plugin.object("capabilities").orElse(null);
      if (capabilities != null && capabilities.bool("portMappings").orElse(false)) {
        JsonBuilder request = request(plugin, a);
        if (a.result().isPresent()) {
          request.put("prevResult", a.result().get());
        }
        call("ADD", plugin, a, id, namespace, request.build());
      }
    }
  }

  /**
   * Disconnects a container, as far as it is connected. A plugin that fails does not keep the
   * others from it.
   *
   * @param namespace the file of its network namespace; empty if that is gone
   * @throws PhylloException what the first that failed said, when all have been called
   */
  public void delete(Attachment a, String id, String namespace) {
    PhylloException failure = null;
    for (JsonObject plugin : pluginsOf(a).reversed()) {
      JsonBuilder request = request(plugin, a);
      if (a.result().isPresent()) {
        request.put("prevResult", a.result().get());
      }
      try {
        call("DEL", plugin, a, id, namespace, request.build());
      } catch (PhylloException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static List<JsonObject> pluginsOf(Attachment a) {
    return new JsonObject(a.conflist(), "network " + a.network()).objects("plugins");
  }

  /** Section 3, "Deriving execution configuration from plugin configuration". */
  private JsonBuilder request(JsonObject plugin, Attachment a) {
    JsonBuilder request =
        new JsonBuilder().put("cniVersion", NetworkRecord.CNI_VERSION).put("name", a.network());
    JsonBuilder told = new JsonBuilder();
    boolean any = false;
    for (Map.Entry<String, Json> field : plugin.value().members().entrySet()) {
      if (!field.getKey().equals("capabilities")) {
        request.put(field.getKey(), field.getValue());
        continue;
      }
      for (String capability : plugin.requireObject("capabilities").value().members().keySet()) {
        Json value = a.runtimeConfig().members().get(capability);
        if (network != null && capability.equals("portMappings") && value != null) {
          value = withoutAddresses(value);
        }
        if (value != null && plugin.requireObject("capabilities").bool(capability).orElse(false)) {
          told.put(capability, value);
          any = true;
        }
      }
    }
    return any ? request.put("runtimeConfig", told.build()) : request;
  }

  /** What comes in has been brought here by then, whatever address of the host it came to. */
  private static Json withoutAddresses(Json mappings) {
    List<Json> rows = new ArrayList<>();
    if (mappings instanceof Json.Array array) {
      for (Json row : array.items()) {
        PortMapping port = PortMapping.fromJson(new JsonObject((Json.Obj) row, "portMappings"));
        rows.add(port.at("").toJson());
      }
    }
    return new Json.Array(rows);
  }

  private byte[] call(
      String command, JsonObject plugin, Attachment a, String id, String namespace, Json.Obj in) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("CNI_COMMAND", command);
    environment.put("CNI_CONTAINERID", id);
    environment.put("CNI_NETNS", namespace);
    environment.put("CNI_IFNAME", a.interfaceName());
    environment.put("CNI_ARGS", "IgnoreUnknown=1");
    environment.put("CNI_PATH", plugins.path());
    environment.put("PATH", PROGRAMS);
    Program.Output output =
        Program.run(
            plugins.require(plugin.requireString("type")),
            new ArrayList<>(),
            environment,
            JsonCodec.toBytes(in),
            MOST_OUTPUT,
            SECONDS,
            network,
            steps);
    if (output.status() != 0) {
      throw new SystemException(
          "network " + a.network(),
          name(plugin, a) + " (" + command + "): " + said(output),
          "check what the network is made of: phyllo network inspect",
          0);
    }
    return output.out();
  }

  /** Section 5, "Error"; what a plugin says is cut, since it may be anything. */
  private static String said(Program.Output output) {
    String text = "";
    try {
      JsonObject error = JsonCodec.parseObject(output.out(), "error");
      text = error.string("msg").orElse("");
      String details = error.string("details").orElse("");
      text = details.isEmpty() ? text : text + "; " + details;
    } catch (PhylloException _) {
      // It died before it could say why.
    }
    if (text.isEmpty()) {
      text = output.firstError();
    }
    if (text.isEmpty()) {
      text = "ended with status " + output.status();
    }
    return text.substring(0, Math.min(text.length(), 500)).replace('\n', ' ');
  }

  private static String name(JsonObject plugin, Attachment a) {
    return "the CNI plugin " + plugin.string("type").orElse("of " + a.network());
  }
}
