package stablediffusion.server.http;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Sends server-sent events, each at once. */
public final class Events {
    private final OutputStream out;
    private final ConnectionWatch watch;
    private long bytes;

    Events(OutputStream out, ConnectionWatch watch) {
        this.out = out;
        this.watch = watch;
    }

    /**
     * Sends an event with a name.
     *
     * @param data becomes JSON
     * @throws IOException if the client has gone, or does not read
     */
    public void send(String event, Object data) throws IOException {
        write("event: " + event + "\ndata: " + Json.text(data) + "\n\n");
    }

    /**
     * Sends a line that clients ignore, so that the connection is seen to be alive.
     *
     * @throws IOException if the client has gone, or does not read
     */
    public void keepAlive() throws IOException {
        write(":\n\n");
    }

    long bytes() {
        return bytes;
    }

    private void write(String text) throws IOException {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        try (var _ = watch.writing()) {
            out.write(encoded);
            out.flush();
        } catch (UncheckedIOException failure) {
            throw failure.getCause();
        } catch (RuntimeException gone) {
            throw new IOException("the client has gone", gone);
        }
        bytes += encoded.length;
    }
}
