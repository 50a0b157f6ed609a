package stablediffusion.server.painting;

import stablediffusion.server.http.ErrorForm;
import stablediffusion.server.http.HttpFailure;
import stablediffusion.server.http.Route;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Keeps pictures for a while under addresses that nobody can guess. Safe for several threads. */
public final class PictureStore {
    private static final String PATH = "/pictures/";
    private static final String ENDING = ".png";
    private static final int NAME_BYTES = 16;

    private final SecureRandom random = new SecureRandom();
    private final Map<String, Kept> pictures = new LinkedHashMap<>();
    private final Duration time;
    private final long mostBytes;
    private long bytes;

    private record Kept(byte[] png, long until) {}

    /**
     * @param time that a picture is kept
     * @param mostBytes above which the oldest go earlier
     */
    public PictureStore(Duration time, long mostBytes) {
        this.time = time;
        this.mostBytes = mostBytes;
    }

    /** Keeps a picture and returns its path on this server. */
    public synchronized String keep(byte[] png) {
        byte[] name = new byte[NAME_BYTES];
        random.nextBytes(name);
        String file = HexFormat.of().formatHex(name) + ENDING;
        pictures.put(file, new Kept(png, System.nanoTime() + time.toNanos()));
        bytes += png.length;
        removeOld();
        return PATH + file;
    }

    private synchronized Optional<byte[]> find(String name) {
        removeOld();
        return Optional.ofNullable(pictures.get(name)).map(Kept::png);
    }

    private void removeOld() {
        Iterator<Kept> oldest = pictures.values().iterator();
        while (oldest.hasNext()) {
            Kept kept = oldest.next();
            if (bytes <= mostBytes && kept.until() - System.nanoTime() > 0) {
                return;
            }
            bytes -= kept.png().length;
            oldest.remove();
        }
    }

    /** Returns the route that answers the pictures; their names are as good as a key. */
    public Route route() {
        return Route.get(PATH + "{name}", ErrorForm.OPENAI, "Returns a picture that an answer named by its address, for an hour.",
                exchange -> exchange.send("image/png", find(exchange.pathParameter("name"))
                        .orElseThrow(() -> new HttpFailure(HttpFailure.NOT_FOUND, "there is no such picture (any more)"))))
                .answering("The picture", "image/png")
                .withoutKey();
    }
}
