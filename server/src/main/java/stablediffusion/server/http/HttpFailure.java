package stablediffusion.server.http;

import java.time.Duration;
import java.util.Optional;

/** Ends a request with an error. Each API words it in its own form, see {@link ErrorForm}. */
public final class HttpFailure extends RuntimeException {
    public static final int BAD_REQUEST = 400;
    public static final int UNAUTHORIZED = 401;
    public static final int FORBIDDEN = 403;
    public static final int NOT_FOUND = 404;
    public static final int METHOD_NOT_ALLOWED = 405;
    public static final int TOO_LARGE = 413;
    public static final int MISDIRECTED = 421;
    public static final int UNPROCESSABLE = 422;
    public static final int INTERNAL = 500;
    public static final int UNAVAILABLE = 503;

    private final int status;
    private final Optional<String> field;
    private final String code;
    private final Optional<Duration> retryAfter;

    private HttpFailure(int status, String message, Optional<String> field, String code, Optional<Duration> retryAfter, Throwable cause) {
        super(message, cause);
        this.status = status;
        this.field = field;
        this.code = code;
        this.retryAfter = retryAfter;
    }

    /** Reports an error that no field of the request is to blame for. */
    public HttpFailure(int status, String message) {
        this(status, message, Optional.empty(), "", Optional.empty(), null);
    }

    /** Reports an error of the server or the request that another exception tells. */
    public HttpFailure(int status, String message, Throwable cause) {
        this(status, message, Optional.empty(), "", Optional.empty(), cause);
    }

    /**
     * Reports a field with a wrong value.
     *
     * @param code names the kind of error for programs
     */
    public static HttpFailure ofField(String field, String message, String code) {
        return new HttpFailure(UNPROCESSABLE, message, Optional.of(field), code, Optional.empty(), null);
    }

    /** Reports that the server can do nothing now. */
    public static HttpFailure later(String message, Duration retryAfter) {
        return new HttpFailure(UNAVAILABLE, message, Optional.empty(), "server_busy", Optional.of(retryAfter), null);
    }

    /** Returns the status code of HTTP. */
    public int status() {
        return status;
    }

    /** Returns the field that is wrong, if it is one. */
    public Optional<String> field() {
        return field;
    }

    /** Returns the kind of error for programs; empty if the status says it all. */
    public String code() {
        return code;
    }

    /** Returns when asking again may succeed. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
