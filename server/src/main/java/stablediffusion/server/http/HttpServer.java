package stablediffusion.server.http;

import io.helidon.common.socket.SocketOptions;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Answers requests on a port. Each connection has a virtual thread. */
public final class HttpServer implements AutoCloseable {
    private static final int MOST_CONNECTIONS = 1024;
    private static final long MEMORY_OF_BODIES = 512L << 20;
    private static final Duration LONGEST_READ = Duration.ofSeconds(30);
    private static final Duration LONGEST_WRITE = Duration.ofSeconds(60);
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final String UNKNOWN_ROUTE = "unknown";
    /** Kept, because loggers that nobody holds forget their level. Helidon logs what clients do wrong; the access log has that. */
    private static final Logger HELIDON = Logger.getLogger("io.helidon");

    private final List<Route> routes;
    private final AccessRules rules;
    private final Limits limits;
    private final List<Consumer<Answered>> observers;
    private final Consumer<String> bugs;
    private final Semaphore bodies = BodyBudget.shared(MEMORY_OF_BODIES);
    private final ConnectionWatch watch = new ConnectionWatch(LONGEST_WRITE);
    private final WebServer server;

    /**
     * Starts to listen.
     *
     * @param address whose port may be 0: any that is free
     * @param observers are told of every answered request
     * @param bugs is told of exceptions that should not be
     * @throws UserException if the address cannot be listened to
     */
    public HttpServer(InetSocketAddress address, List<Route> routes, AccessRules rules, Limits limits,
            List<Consumer<Answered>> observers, Consumer<String> bugs) {
        this.routes = List.copyOf(routes);
        this.rules = rules;
        this.limits = limits;
        this.observers = List.copyOf(observers);
        this.bugs = bugs;
        HELIDON.setLevel(Level.OFF);
        this.server = WebServer.builder()
                .address(address.getAddress())
                .port(address.getPort())
                .shutdownHook(false)
                .shutdownGracePeriod(GRACE)
                .maxTcpConnections(MOST_CONNECTIONS)
                // More than is read, so that the message about it is ours.
                .maxPayloadSize(2L * limits.bodyBytes())
                // Sockets that are no channels have timeouts.
                .useNio(false)
                .connectionOptions(SocketOptions.builder().readTimeout(LONGEST_READ).tcpNoDelay(true).build())
                .addProtocol(Http1Config.builder().addReceiveListener(watch).build())
                .directHandlers(DirectHandlers.builder()
                        .addHandler(DirectHandler.EventType.BAD_REQUEST, HttpServer::refuse)
                        .addHandler(DirectHandler.EventType.PAYLOAD_TOO_LARGE, HttpServer::refuse)
                        .addHandler(DirectHandler.EventType.INTERNAL_ERROR, HttpServer::refuse)
                        .addHandler(DirectHandler.EventType.OTHER, HttpServer::refuse)
                        .build())
                .routing(this::addRoutes)
                .build();
        try {
            requireFree(address);
            server.start();
            if (!server.isRunning()) {
                throw cannotListen(address, "it was taken meanwhile");
            }
        } catch (RuntimeException failure) {
            watch.close();
            throw failure;
        }
    }

    /** Listens for a moment, because Helidon would log why it cannot, and go on. */
    private static void requireFree(InetSocketAddress address) {
        try (ServerSocketChannel probe = ServerSocketChannel.open()) {
            probe.bind(address);
        } catch (IOException e) {
            throw cannotListen(address, FileFailure.reason(e));
        }
    }

    private static UserException cannotListen(InetSocketAddress address, String reason) {
        return new UserException("cannot listen to " + address.getHostString() + ":" + address.getPort() + ": " + reason
                + "; name another address with --listen");
    }

    /** Returns the port that is listened to. */
    public int port() {
        return server.port();
    }

    /** Stops to listen, and ends connections when their answers are sent, after some seconds in any case. */
    @Override
    public void close() {
        server.stop();
        watch.close();
    }

    /** Answers what is no request, or one that breaks the rules of HTTP. */
    private static DirectHandler.TransportResponse refuse(
            DirectHandler.TransportRequest request, DirectHandler.EventType event, Status status, ServerResponseHeaders headers,
            String message) {
        // All that our handlers throw is caught, so what Helidon takes for an error of the server is a request that it stumbled over.
        Status told = event == DirectHandler.EventType.INTERNAL_ERROR ? Status.BAD_REQUEST_400 : status;
        return DirectHandler.TransportResponse.builder()
                .status(told)
                .headers(headers)
                .header(HeaderNames.CONTENT_TYPE, Route.JSON)
                .keepAlive(false)
                .entity(Json.bytes(errorForm(request.path()).body(new HttpFailure(told.code(), told.reasonPhrase()))))
                .build();
    }

    /** Returns the form of errors where no route says it. */
    private static ErrorForm errorForm(String path) {
        return path.startsWith("/v1/") ? ErrorForm.OPENAI : ErrorForm.DETAIL;
    }

    private void addRoutes(HttpRouting.Builder routing) {
        for (Route route : routes) {
            routing.route(Method.create(route.method()), route.path(),
                    (request, response) -> answer(request, response, Optional.of(route)));
        }
        routing.any((request, response) -> answer(request, response, Optional.empty()));
    }

    private void answer(ServerRequest request, ServerResponse response, Optional<Route> route) {
        Instant time = Instant.now();
        long start = System.nanoTime();
        Exchange exchange = new Exchange(request, response, watch, BodyBudget.of(bodies, limits.bodyBytes()));
        ErrorForm form = route.map(Route::errors).orElse(errorForm(exchange.path()));
        try {
            tryToAnswer(exchange, route, form);
        } catch (IOException | UncheckedIOException gone) {
            exchange.setGone();
            throw new UncheckedIOException(new IOException(gone));
        } finally {
            exchange.end();
            Answered answered = new Answered(time, exchange.address(), exchange.method(), exchange.path(),
                    route.map(Route::path).orElse(UNKNOWN_ROUTE), exchange.status(), exchange.bytes(),
                    Duration.ofNanos(System.nanoTime() - start));
            observers.forEach(observer -> observer.accept(answered));
        }
        if (exchange.isLast()) {
            exchange.discardBody();
            throw new CloseConnectionException("the answer was the last");
        }
    }

    private void tryToAnswer(Exchange exchange, Optional<Route> route, ErrorForm form) throws IOException {
        try {
            Gate gate = new Gate(rules, exchange);
            if (!gate.answersPreflight()) {
                gate.check(route);
                Route known = route.orElseThrow(() -> notFound(exchange));
                if (known.body().isEmpty()) {
                    // Clients send "{}" to routes that take nothing; unread, it would keep the connection open.
                    exchange.body();
                }
                known.handler().handle(exchange);
            }
        } catch (UncheckedIOException failure) {
            throw failure;
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError failure) {
            if (Failures.isBug(failure)) {
                bugs.accept(trace(failure));
            }
            HttpFailure told = Failures.of(failure);
            if (exchange.eventsBegan()) {
                exchange.sendFailureEvent(told, form);
            } else {
                exchange.sendFailure(told, form);
            }
        }
    }

    private HttpFailure notFound(Exchange exchange) {
        boolean known = routes.stream().anyMatch(route -> route.path().equals(exchange.path()));
        return known
                ? new HttpFailure(HttpFailure.METHOD_NOT_ALLOWED, "Method Not Allowed")
                : new HttpFailure(HttpFailure.NOT_FOUND, "Not Found");
    }

    private static String trace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
