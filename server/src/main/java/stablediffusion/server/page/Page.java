package stablediffusion.server.page;

import stablediffusion.server.http.ErrorForm;
import stablediffusion.server.http.Route;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Answers the page's files, which are resources of this program. Only those that are listed exist. */
public final class Page {
    private static final String HTML = "text/html; charset=utf-8";
    private static final String CSS = "text/css; charset=utf-8";
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String SVG = "image/svg+xml";

    private static final Map<String, String> FILES = Map.ofEntries(
            Map.entry("index.html", HTML),
            Map.entry("style.css", CSS),
            Map.entry("icon.svg", SVG),
            Map.entry("main.js", SCRIPT),
            Map.entry("api.js", SCRIPT),
            Map.entry("form.js", SCRIPT),
            Map.entry("gallery.js", SCRIPT),
            Map.entry("mask.js", SCRIPT),
            Map.entry("picture.js", SCRIPT),
            Map.entry("progress.js", SCRIPT));

    private Page() {}

    /** Returns a route for each file; they need no key, as the page asks for it. */
    public static List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.add(route("/", "index.html", HTML));
        FILES.forEach((file, type) -> routes.add(route("/page/" + file, file, type)));
        routes.add(route("/favicon.ico", "icon.svg", SVG));
        return routes;
    }

    private static Route route(String path, String file, String type) {
        byte[] content = read(file);
        return Route.get(path, ErrorForm.DETAIL, "Returns " + file + " of the page.", exchange -> {
            exchange.setHeader("Cache-Control", "no-cache");
            exchange.send(type, content);
        }).answering("The file", type).withoutKey();
    }

    private static byte[] read(String file) {
        try (InputStream in = Page.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the page's file " + file + " is missing in this program");
            }
            return in.readAllBytes();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
