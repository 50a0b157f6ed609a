package stablediffusion;

import stablediffusion.model.image.Parameters;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.pipeline.Phase;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** Holds an image that was generated, with the settings that made it. */
public final class GeneratedImage {
    private final Picture picture;
    private final GenerationRequest request;
    private final Parameters parameters;
    private final Map<Phase, Duration> durations;

    GeneratedImage(Picture picture, GenerationRequest request, Parameters parameters, Map<Phase, Duration> durations) {
        this.picture = picture;
        this.request = request;
        this.parameters = parameters;
        this.durations = Collections.unmodifiableMap(new EnumMap<>(durations));
    }

    /**
     * Writes the image to a file, with its metadata. A file that exists is replaced; on failure nothing is left behind.
     *
     * @param file PNG or JPEG, by its ending: .png, .jpg or .jpeg; missing folders are created
     * @throws stablediffusion.model.UserException if the ending is another one or the file cannot be written
     */
    public void save(Path file) {
        PictureFile.write(picture, metadata(), file);
    }

    /** Encodes the image as PNG, with its metadata in a text chunk named {@code parameters}. */
    public byte[] toPng() {
        return PictureFile.png(picture, metadata());
    }

    /** Returns a copy of the image in 8-bit RGB. */
    public BufferedImage toBufferedImage() {
        return picture.toImage();
    }

    /** Returns the width in pixels. */
    public int width() {
        return picture.width();
    }

    /** Returns the height in pixels. */
    public int height() {
        return picture.height();
    }

    /** Returns the request that made the image, with the size and seed that it was made with. */
    public GenerationRequest request() {
        return request;
    }

    /** Returns the settings under the names that the AUTOMATIC1111 web UI gives them ("Steps", "Sampler", "CFG scale" …), in its order. */
    public Map<String, String> settings() {
        return Collections.unmodifiableMap(parameters.settings());
    }

    /** Returns prompts and settings as the text that the AUTOMATIC1111 web UI writes into images, which galleries read. */
    public String metadata() {
        return parameters.format();
    }

    /**
     * Returns how long each phase took that was needed for this image, in the order of the work. Images of a batch share all phases but the
     * decoding, and each has the whole time of those.
     */
    public Map<Phase, Duration> durations() {
        return durations;
    }
}
