import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.mapper.MapperExtrasPlugin;
import org.opensearch.index.reindex.ReindexPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;
import org.opensearch.transport.Netty4Plugin;

/**
 * One OpenSearch node in this process, on 127.0.0.1, without security.
 *
 * <p>It makes the {@link Node} itself: OpenSearch's own bootstrap refuses to run as root and wants a security manager.
 *
 * <p>Arguments: the HTTP port and the folder for its data. It runs until a signal ends it, with status 0; one that cannot
 * start says why in its last line, and has status 1.
 */
public final class Server {
    private static final List<Class<? extends Plugin>> MODULES = List.of(
        CommonAnalysisPlugin.class, MapperExtrasPlugin.class, Netty4Plugin.class, ReindexPlugin.class);

    private final Settings settings;
    private Node node;
    private volatile boolean stopping;
    private volatile int status;

    private Server(String port, Path folder) {
        settings = Settings.builder()
            .put("path.home", folder)
            .put("path.data", folder.resolve("data"))
            .put("path.logs", folder)
            .put("cluster.name", "brickgate")
            .put("node.name", "brickgate")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", port)
            .put("transport.port", 0)
            // A disk that others have filled must not make the indices read-only.
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            // Machines often allow fewer memory maps than the 262,144 that OpenSearch asks for.
            .put("node.store.allow_mmap", false)
            .build();
    }

    public static void main(String[] arguments) {
        Server server = new Server(arguments[0], Path.of(arguments[1]).toAbsolutePath());
        Runtime.getRuntime().addShutdownHook(new Thread(server::stop, "stop"));
        try {
            server.start();
            new CountDownLatch(1).await(); // for ever: the node's own threads do not keep the process alive
        } catch (Exception | Error failure) {
            if (!server.stopping) { // else it is only the node ending under us
                server.fail(failure);
            }
        }
    }

    /** A signal that comes meanwhile waits for the end of it, so that stop() sees a whole node. */
    private synchronized void start() throws Exception {
        node = new LocalNode(settings).start();
    }

    private void fail(Throwable failure) {
        Set<String> reasons = new LinkedHashSet<>();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            reasons.add(cause.getMessage() == null ? cause.toString() : cause.getMessage());
        }
        System.out.println(String.join(": ", reasons));
        status = 1;
        System.exit(status);
    }

    private void stop() {
        stopping = true;
        try {
            close();
        } catch (Exception failure) {
            System.out.println("It did not end cleanly: " + failure);
        } finally {
            Runtime.getRuntime().halt(status); // else the JVM reports the signal as a failure
        }
    }

    private synchronized void close() throws Exception {
        if (node != null) {
            node.close();
            node.awaitClose(10, TimeUnit.SECONDS);
        }
    }

    /** Node's constructor for plugins on the class path is protected. */
    private static final class LocalNode extends Node {
        LocalNode(Settings settings) {
            super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "brickgate"), MODULES, false);
        }
    }
}
