package stablediffusion.tests.fuzz;

import stablediffusion.StableDiffusion;
import stablediffusion.model.Precision;
import stablediffusion.server.Server;
import stablediffusion.server.ServerSettings;
import stablediffusion.server.http.AccessRules;
import stablediffusion.server.http.Limits;
import stablediffusion.server.painting.Catalog;
import stablediffusion.server.queue.ModelPainter;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the server in this process, with limits that let a request take no longer than any other input may. */
final class FuzzedServer implements AutoCloseable {
    static final int EDGE = 64;
    static final int STEPS = 2;
    static final String MODEL = "model";
    private static final Limits LIMITS = new Limits(1 << 20, EDGE * EDGE, 4 * EDGE * EDGE, STEPS, 2, 2_000);
    private static final int MOST_WAIT = 20_000;
    private static final Pattern LENGTH = Pattern.compile("(?i)\\r\\ncontent-length: (\\d{1,9})");

    private final Server server;
    private final Queue<String> bugs = new ConcurrentLinkedQueue<>();

    private record Names() implements Catalog {
        @Override
        public List<String> models() {
            return List.of(MODEL);
        }

        @Override
        public List<String> loras() {
            return List.of();
        }

        @Override
        public List<String> embeddings() {
            return List.of();
        }
    }

    /** @param model folder of a converted model */
    FuzzedServer(Path model) {
        ServerSettings settings = new ServerSettings(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), MODEL, AccessRules.LOCAL,
                LIMITS, 10, 1, Optional.empty(), Duration.ofSeconds(1));
        server = new Server(settings, List.of(_ -> new ModelPainter(
                StableDiffusion.builder(model).backend("cpu").precision(Precision.F32).threads(1).load())), new Names(), _ -> {},
                bugs::add);
    }

    /** Returns what the server has logged as its own faults since the last call. */
    Optional<String> bug() {
        Optional<String> bug = Optional.ofNullable(bugs.peek());
        bugs.clear();
        return bug;
    }

    /**
     * Sends bytes and returns the answer, or what came of it before the server ended the connection.
     *
     * @param halfClosed whether the end of the bytes is told, as a client that goes away does
     */
    byte[] exchange(byte[] request, boolean halfClosed) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(MOST_WAIT);
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            try {
                socket.getOutputStream().write(request);
                if (halfClosed) {
                    socket.shutdownOutput();
                }
            } catch (SocketException endedEarly) {
                // It was refused before its end; what it was answered can still be there.
            }
            byte[] some = new byte[1 << 14];
            try (InputStream in = socket.getInputStream()) {
                for (int read = in.read(some); read >= 0; read = in.read(some)) {
                    answer.write(some, 0, read);
                    if (isWhole(answer.toByteArray())) {
                        break;
                    }
                }
            } catch (SocketException reset) {
                // The server does not read what follows a request that it refuses.
            }
            return answer.toByteArray();
        }
    }

    /** Returns whether an answer has come to its end, as its head tells it: what follows is left unread. */
    private static boolean isWhole(byte[] answer) {
        String text = new String(answer, StandardCharsets.ISO_8859_1);
        int head = text.indexOf("\r\n\r\n");
        if (head < 0 || text.startsWith("HTTP/1.1 100 ")) {
            return false;
        }
        OptionalInt end = end(text, head);
        return end.isPresent() ? text.length() >= end.getAsInt() : text.endsWith("\r\n0\r\n\r\n");
    }

    /**
     * Returns the first of several answers, as a damaged request can be several. Behind one that ends the connection there must be no other, so that is
     * returned with all that follows it.
     */
    static String first(String answers) {
        int head = answers.indexOf("\r\n\r\n");
        if (head < 0 || answers.substring(0, head).toLowerCase(Locale.ROOT).contains("\r\nconnection: close")) {
            return answers;
        }
        return answers.substring(0, Math.min(answers.length(), end(answers, head).orElse(answers.length())));
    }

    /** Returns where the first answer ends, if its head, which ends at an index, tells its length. */
    private static OptionalInt end(String answers, int head) {
        Matcher length = LENGTH.matcher(answers.substring(0, head));
        return length.find() ? OptionalInt.of(head + 4 + Integer.parseInt(length.group(1))) : OptionalInt.empty();
    }

    /** Returns the body that a path answers with, if the status is 200. */
    Optional<String> get(String path) throws IOException {
        String answer = new String(exchange(
                ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII), false),
                StandardCharsets.UTF_8);
        return answer.startsWith("HTTP/1.1 200 ") ? Optional.of(answer.substring(answer.indexOf("\r\n\r\n") + 4)) : Optional.empty();
    }

    @Override
    public void close() {
        server.close();
    }
}
