package stablediffusion.server.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import stablediffusion.server.queue.Job;
import stablediffusion.server.queue.Progress;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Holds a request and answers it. For the thread of its connection. */
public final class Exchange {
    private static final HeaderName CLIENT = HeaderNames.create("X-Client-Id");
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final int LONGEST_CLIENT = 64;

    private final ServerRequest request;
    private final ServerResponse response;
    private final ConnectionWatch watch;
    private final BodyBudget budget;
    private Optional<InputStream> content = Optional.empty();
    private Optional<byte[]> body = Optional.empty();
    private Optional<Events> events = Optional.empty();
    private int status;
    private long bytes;

    Exchange(ServerRequest request, ServerResponse response, ConnectionWatch watch, BodyBudget budget) {
        this.request = request;
        this.response = response;
        this.watch = watch;
        this.budget = budget;
    }

    /**
     * Returns who asks, for taking turns: the address, and what the client calls itself in {@code X-Client-Id}, so that several people behind one
     * address are told apart.
     */
    public String client() {
        String name = header("X-Client-Id").orElse("");
        return address() + " " + name.substring(0, Math.min(LONGEST_CLIENT, name.length()));
    }

    String address() {
        return request.remotePeer().host();
    }

    String method() {
        return request.prologue().method().text();
    }

    String path() {
        return request.path().path();
    }

    /** Returns the first value of a parameter in the query. */
    public Optional<String> query(String name) {
        return request.query().first(name).asOptional();
    }

    /** Returns a parameter of the path. */
    public String pathParameter(String name) {
        return request.path().pathParameters().get(name);
    }

    /** Returns the first value of a header. */
    public Optional<String> header(String name) {
        HeaderName header = name.equals("X-Client-Id") ? CLIENT : HeaderNames.create(name);
        return request.headers().first(header);
    }

    /**
     * Reads the body.
     *
     * @throws HttpFailure if it is larger than a body may be
     * @throws IOException if the client goes away before its end, or is too slow
     */
    public byte[] body() throws IOException {
        if (body.isEmpty()) {
            body = Optional.of(readBody());
        }
        return body.get();
    }

    private byte[] readBody() throws IOException {
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        budget.take(request.headers().contentLength());
        byte[] read;
        try {
            read = content().readNBytes(budget.largest() + 1);
        } catch (RuntimeException cutShort) {
            throw new ClientGoneException(cutShort);
        }
        if (read.length > budget.largest()) {
            throw budget.tooLarge();
        }
        return read;
    }

    private InputStream content() {
        if (content.isEmpty()) {
            content = Optional.of(request.content().inputStream());
        }
        return content.get();
    }

    /**
     * Reads the body's JSON object.
     *
     * @throws HttpFailure if it is none
     */
    public Fields fields(List<Field> declared) throws IOException {
        return new Fields(Json.object(body()), declared);
    }

    /**
     * Reads the body's form.
     *
     * @throws HttpFailure if it is none
     */
    public Form form() throws IOException {
        return Form.read(body(), header("Content-Type").orElse(""));
    }

    /** Sets a header of the answer. */
    public void setHeader(String name, String value) {
        response.header(HeaderNames.create(name), value);
    }

    /** Answers with JSON. */
    public void sendJson(Object value) throws IOException {
        send(Route.JSON, Json.bytes(value));
    }

    /** Answers with a content of any type. */
    public void send(String type, byte[] content) throws IOException {
        send(Status.OK_200.code(), type, content);
    }

    void send(int code, String type, byte[] content) throws IOException {
        status = code;
        bytes = content.length;
        if (waitsToSendBody()) {
            // Some send it nevertheless, and it must not be taken for another request.
            closeAfterwards();
        }
        response.status(code);
        response.header(HeaderNames.CONTENT_TYPE, type);
        try (var _ = watch.writing()) {
            response.send(content);
        }
    }

    void sendFailure(HttpFailure failure, ErrorForm form) throws IOException {
        failure.retryAfter().ifPresent(time -> setHeader("Retry-After", Long.toString(Math.max(1, time.toSeconds()))));
        if (failure.status() == HttpFailure.TOO_LARGE) {
            closeAfterwards();
        }
        send(form.status(failure), Route.JSON, Json.bytes(form.body(failure)));
    }

    /** Begins an answer of server-sent events. */
    public Events sendEvents() {
        status = Status.OK_200.code();
        response.header(HeaderNames.CONTENT_TYPE, Route.EVENTS);
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        closeAfterwards();
        setHeader("X-Accel-Buffering", "no");
        events = Optional.of(new Events(response.outputStream(), watch));
        return events.get();
    }

    /** Follows a job that this request waits for. */
    public interface JobFollower {
        /**
         * Called when the progress has changed, and every few seconds.
         *
         * @throws IOException if the client has gone
         */
        void changed(Progress progress) throws IOException;
    }

    /**
     * Waits for the end of a job, and cancels it if the client goes away.
     *
     * @return the last progress
     * @throws ClientGoneException if the client went away
     * @throws RuntimeException what the job failed with
     */
    public Progress await(Job job, JobFollower follower) throws IOException {
        if (events.isEmpty()) {
            closeAfterwards();
        }
        try (var _ = watch.whenGone(job::cancel)) {
            Progress progress = job.progress();
            while (!progress.state().ended()) {
                follower.changed(progress);
                progress = job.awaitChange(progress.version(), HEARTBEAT);
            }
            job.failure().ifPresent(failure -> {
                throw failure;
            });
            if (progress.state() == Progress.State.CANCELLED) {
                throw new ClientGoneException();
            }
            return progress;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new ClientGoneException(stop);
        } finally {
            job.cancel();
        }
    }

    /** Has the connection end with the answer, because whoever watches it swallows what the client sends next. */
    private void closeAfterwards() {
        setHeader("Connection", "close");
    }

    /**
     * Returns whether the server ends the connection after this answer; Helidon leaves that to the client, and takes what it has not read for
     * another request. It has yet to write the end of events.
     */
    boolean isLast() {
        boolean asked = header("Connection").orElse("").toLowerCase(Locale.ROOT).contains("close");
        boolean announced = response.headers().contains(HeaderValues.CONNECTION_CLOSE);
        return (asked || announced) && events.isEmpty();
    }

    /**
     * Reads what of the body has not been read, because a connection that is closed before can lose the answer.
     */
    void discardBody() {
        if (body.isPresent() || !request.content().hasEntity() || waitsToSendBody()) {
            return;
        }
        try {
            content().transferTo(OutputStream.nullOutputStream());
        } catch (IOException | RuntimeException cutShort) {
            // It was answered; nothing more is owed.
        }
    }

    /** Returns whether the client sends its body when it is told to, with "100 Continue", which reading the body does. */
    private boolean waitsToSendBody() {
        return content.isEmpty() && request.content().hasEntity() && header("Expect").isPresent();
    }

    boolean eventsBegan() {
        return events.isPresent();
    }

    /** Tells of a failure in the midst of events. */
    void sendFailureEvent(HttpFailure failure, ErrorForm form) throws IOException {
        events.orElseThrow().send("error", form.body(failure));
    }

    void end() {
        budget.close();
        if (events.isPresent()) {
            bytes = events.get().bytes();
        }
    }

    int status() {
        return status;
    }

    void setGone() {
        status = Answered.GONE;
    }

    long bytes() {
        return bytes;
    }

    /** Returns names and values of all headers of the answer, for filters. */
    void setHeaders(Map<String, String> headers) {
        headers.forEach(this::setHeader);
    }
}
