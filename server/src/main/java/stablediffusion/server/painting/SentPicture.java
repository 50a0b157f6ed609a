package stablediffusion.server.painting;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;
import stablediffusion.model.image.PictureFile;
import stablediffusion.server.http.HttpFailure;
import stablediffusion.server.http.Limits;

import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.util.Base64;
import java.util.Locale;

/** Reads pictures that clients send. Nothing else is opened for them: no file, no address on a network. */
public final class SentPicture {
    private static final String DATA = "data:";

    private SentPicture() {}

    /**
     * Decodes the content of a file in Base64, which may be a {@code data:} URL.
     *
     * @param field whose value it is
     * @throws HttpFailure if it is none
     */
    public static byte[] content(String field, String text) {
        String start = text.substring(0, Math.min(10, text.length())).toLowerCase(Locale.ROOT);
        if (start.startsWith("http:") || start.startsWith("https:") || start.startsWith("file:")) {
            throw HttpFailure.ofField(field, "addresses are not fetched: send the picture itself, in Base64", "value_error");
        }
        String encoded = start.startsWith(DATA) ? text.substring(text.indexOf(',') + 1) : text;
        try {
            byte[] content = Base64.getMimeDecoder().decode(encoded);
            if (content.length > 0) {
                return content;
            }
        } catch (IllegalArgumentException notBase64) {
            // Answered below.
        }
        throw HttpFailure.ofField(field, "Invalid encoded image", "value_error");
    }

    /**
     * Decodes a picture from the content of a file.
     *
     * @param field that messages name
     * @throws HttpFailure if it is none that can be read, or too large
     */
    public static BufferedImage decode(String field, byte[] content, Limits limits) {
        try {
            Dimension size = PictureFile.readSize(content, "the picture");
            if ((long) size.width * size.height > limits.initialPixels()) {
                throw new InvalidRequestException("the picture is too large: it has " + size.width + "x" + size.height
                        + " pixels, at most " + limits.initialPixels() + " are read; scale it down");
            }
            return PictureFile.read(content, "the picture");
        } catch (UserException wrong) {
            throw HttpFailure.ofField(field, wrong.getMessage(), "value_error");
        }
    }

    /** Decodes a picture in Base64; see {@link #content} and {@link #decode}. */
    public static BufferedImage decode(String field, String text, Limits limits) {
        return decode(field, content(field, text), limits);
    }
}
