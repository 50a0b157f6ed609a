package stablediffusion.server;

import stablediffusion.server.http.Answered;
import stablediffusion.server.http.HttpServer;
import stablediffusion.server.http.Route;
import stablediffusion.server.openai.OpenAiApi;
import stablediffusion.server.page.Page;
import stablediffusion.server.page.PageApi;
import stablediffusion.server.painting.Catalog;
import stablediffusion.server.painting.PictureStore;
import stablediffusion.server.painting.SavedPictures;
import stablediffusion.server.painting.Studio;
import stablediffusion.server.queue.EngineQueue;
import stablediffusion.server.queue.Painter;
import stablediffusion.server.status.Health;
import stablediffusion.server.status.OpenApiDocument;
import stablediffusion.server.status.Statistics;
import stablediffusion.server.webui.WebUiApi;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Paints pictures for clients of the web UI's and OpenAI's interfaces and of its own page, from its creation until it is closed. */
public final class Server implements AutoCloseable {
    private static final Duration PICTURES_KEPT = Duration.ofHours(1);
    private static final long MEMORY_OF_PICTURES = 256L << 20;

    private final EngineQueue queue;
    private final HttpServer http;
    private final List<Route> routes;
    private final Duration stopLimit;

    /**
     * Opens the model on all engines and starts to listen.
     *
     * @param engines one factory for each engine
     * @param accessLog is told of every answered request
     * @param bugs is told of exceptions that should not be
     * @throws stablediffusion.model.UserException if the model cannot be opened, or the address not be listened to
     */
    public Server(ServerSettings settings, List<Painter.Factory> engines, Catalog catalog, Consumer<Answered> accessLog,
            Consumer<String> bugs) {
        stopLimit = settings.stopLimit();
        Statistics statistics = new Statistics();
        queue = new EngineQueue(engines, settings.model(), settings.maxWaiting(), settings.together(), statistics);
        try {
            statistics.observe(queue);
            Studio studio = new Studio(queue, catalog, settings.limits(), settings.model(), settings.saveFolder().map(SavedPictures::new));
            routes = routes(studio, statistics);
            http = new HttpServer(settings.address(), routes, settings.rules(), settings.limits(), List.of(accessLog, statistics), bugs);
        } catch (RuntimeException | Error failure) {
            queue.close();
            throw failure;
        }
    }

    private static List<Route> routes(Studio studio, Statistics statistics) {
        PictureStore pictures = new PictureStore(PICTURES_KEPT, MEMORY_OF_PICTURES);
        List<Route> routes = new ArrayList<>();
        routes.addAll(Page.routes());
        routes.addAll(new PageApi(studio).routes());
        routes.addAll(new WebUiApi(studio).routes());
        routes.addAll(new OpenAiApi(studio, pictures).routes());
        routes.add(pictures.route());
        routes.addAll(Health.routes(studio.queue()));
        routes.add(statistics.route());
        return OpenApiDocument.describing(routes);
    }

    /** Returns the port that is listened to. */
    public int port() {
        return http.port();
    }

    /** Describes the engines, for people. */
    public List<String> engines() {
        return queue.engines();
    }

    /** Returns all routes. */
    public List<Route> routes() {
        return routes;
    }

    /** Accepts no more pictures, finishes those that have begun within the limit, answers all that wait, and stops to listen. */
    @Override
    public void close() {
        queue.stop(stopLimit);
        http.close();
    }
}
