package stablediffusion.server;

import stablediffusion.StableDiffusion;
import stablediffusion.model.Precision;
import stablediffusion.server.http.AccessRules;
import stablediffusion.server.http.Answered;
import stablediffusion.server.http.Limits;
import stablediffusion.server.painting.Catalog;
import stablediffusion.server.queue.ModelPainter;
import stablediffusion.server.queue.Painter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server with the bundled model on the CPU engine, and requests to it. */
public final class TestServer implements AutoCloseable {
    public static final String MODEL = "tiny-shapes";
    private static final Path CHECKPOINT = Path.of("..", "models", MODEL, MODEL + ".ckpt");
    private static final Path MODELS = Path.of("target", "models").toAbsolutePath();

    private final Server server;
    private final HttpClient client = HttpClient.newHttpClient();
    public final List<Answered> answered = new CopyOnWriteArrayList<>();
    public final List<String> bugs = new CopyOnWriteArrayList<>();

    public TestServer() {
        this(AccessRules.LOCAL, Limits.DEFAULT, 1000, Optional.empty());
    }

    public TestServer(AccessRules rules, Limits limits, int maxWaiting, Optional<Path> saveFolder) {
        ServerSettings settings = new ServerSettings(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), MODEL, rules, limits,
                maxWaiting, 1, saveFolder, Duration.ofSeconds(20));
        Painter.Factory factory = _ -> new ModelPainter(open());
        server = new Server(settings, List.of(factory), new Names(), answered::add, bugs::add);
        awaitReady();
    }

    /** Opens the model as the server does, on one thread: several wait for each other where other programs run too. */
    public static synchronized StableDiffusion open() {
        return StableDiffusion.builder(CHECKPOINT).modelsFolder(MODELS).backend("cpu").precision(Precision.F32).threads(1).load();
    }

    private void awaitReady() {
        while (get("/ready").statusCode() != 200) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private record Names() implements Catalog {
        @Override
        public List<String> models() {
            return List.of(MODEL, "other-name");
        }

        @Override
        public List<String> loras() {
            return List.of("armour");
        }

        @Override
        public List<String> embeddings() {
            return List.of("badhands");
        }
    }

    public Server server() {
        return server;
    }

    public String address() {
        return "http://127.0.0.1:" + server.port();
    }

    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address() + path)).timeout(Duration.ofSeconds(60));
    }

    public HttpResponse<byte[]> send(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public HttpResponse<byte[]> get(String path) {
        return send(request(path).build());
    }

    public HttpResponse<byte[]> post(String path, String json) {
        return send(request(path).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(json)).build());
    }

    public static JsonNode json(HttpResponse<byte[]> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    @Override
    public void close() {
        server.close();
        client.close();
    }
}
