package stablediffusion.server.http;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Lets requests in that may come in, and sets the headers that protect the answers. */
final class Gate {
    private static final Map<String, String> PROTECTION = Map.of(
            "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
                    + "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "DENY",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Cross-Origin-Opener-Policy", "same-origin");
    private static final String VARY = "Vary";
    private static final String ORIGIN = "Origin";

    private final AccessRules rules;
    private final Exchange exchange;
    private final String host;
    private final Optional<String> origin;

    Gate(AccessRules rules, Exchange exchange) {
        this.rules = rules;
        this.exchange = exchange;
        this.host = exchange.header("Host").orElse("");
        this.origin = exchange.header(ORIGIN);
        exchange.setHeaders(PROTECTION);
    }

    /** Answers a browser that asks whether a page of a named web site may ask (CORS). */
    boolean answersPreflight() throws IOException {
        boolean named = origin.isPresent() && rules.origins().contains(origin.get()) && rules.isOurHost(host);
        if (named) {
            exchange.setHeader("Access-Control-Allow-Origin", origin.get());
            exchange.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
            exchange.setHeader(VARY, ORIGIN);
        }
        if (!named || !exchange.method().equals("OPTIONS")) {
            return false;
        }
        exchange.setHeader("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
        exchange.setHeader("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Client-Id");
        exchange.setHeader("Access-Control-Max-Age", "600");
        exchange.send(204, "text/plain", new byte[0]);
        return true;
    }

    /**
     * Checks that a request is for this server, does not come from a foreign page, and brings the key if the route needs it.
     *
     * @param route empty: there is none for it
     * @throws HttpFailure if it must not be answered
     */
    void check(Optional<Route> route) {
        if (!rules.isOurHost(host)) {
            throw new HttpFailure(HttpFailure.MISDIRECTED,
                    "this server is not known as that host; whoever starts it can allow the name with --allow-host");
        }
        if (origin.isPresent() && !rules.isAllowedOrigin(origin.get(), host)) {
            throw new HttpFailure(HttpFailure.FORBIDDEN,
                    "pages of other web sites may not ask; whoever starts the server can allow one with --cors");
        }
        if (origin.isEmpty() && isForeignPage()) {
            throw new HttpFailure(HttpFailure.FORBIDDEN, "pages of other web sites may not ask");
        }
        if (!route.map(Route::open).orElse(false) && !rules.isAuthorized(exchange.header("Authorization"))) {
            // No Basic: a browser would ask for a name and a password and send them with every request, also of foreign pages.
            exchange.setHeader("WWW-Authenticate", "Bearer");
            throw new HttpFailure(HttpFailure.UNAUTHORIZED, "this server needs its key: send Authorization: Bearer KEY");
        }
    }

    /** Returns whether a browser says that another site's page asks, other than by a link that was followed. */
    private boolean isForeignPage() {
        return exchange.header("Sec-Fetch-Site").filter("cross-site"::equals).isPresent()
                && exchange.header("Sec-Fetch-Mode").filter("navigate"::equals).isEmpty();
    }
}
