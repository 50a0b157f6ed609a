package stablediffusion.server.status;

import stablediffusion.server.http.ErrorForm;
import stablediffusion.server.http.HttpFailure;
import stablediffusion.server.http.Route;
import stablediffusion.server.queue.EngineQueue;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Tells whether the server runs, and whether it is ready. */
public final class Health {
    private static final Map<String, String> UP = Map.of("status", "up");

    private Health() {}

    /** Returns the routes, which need no key. */
    public static List<Route> routes(EngineQueue queue) {
        return List.of(
                Route.get("/health", ErrorForm.DETAIL, "Answers as long as the server runs.", exchange -> exchange.sendJson(UP))
                        .withoutKey(),
                Route.get("/ready", ErrorForm.DETAIL,
                        "Answers 200 if pictures are painted at once, 503 while networks are loaded or the server is about to stop.",
                        exchange -> {
                            if (!queue.ready()) {
                                throw HttpFailure.later("networks are loaded, or the server is about to stop", Duration.ofSeconds(2));
                            }
                            exchange.sendJson(UP);
                        }).withoutKey());
    }
}
