package stablediffusion.server.http;

import java.io.IOException;

/** Answers a request. */
@FunctionalInterface
public interface Handler {
    /**
     * Answers a request.
     *
     * @throws HttpFailure or a {@link stablediffusion.model.UserException} for what the client is told
     * @throws IOException if the client has gone
     */
    void handle(Exchange exchange) throws IOException;
}
