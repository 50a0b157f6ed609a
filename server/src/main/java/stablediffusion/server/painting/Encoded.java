package stablediffusion.server.painting;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;

import javax.imageio.ImageIO;

/** Encodes pictures for answers. */
public final class Encoded {
    private Encoded() {}

    public static String base64(byte[] content) {
        return Base64.getEncoder().encodeToString(content);
    }

    /** Encodes a preview as PNG, without metadata. */
    public static byte[] png(BufferedImage preview) {
        return encode(preview, "png");
    }

    /** Encodes a preview as JPEG, which is smaller. */
    public static byte[] jpeg(BufferedImage preview) {
        return encode(preview, "jpg");
    }

    private static byte[] encode(BufferedImage image, String format) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, format, bytes);
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        return bytes.toByteArray();
    }
}
