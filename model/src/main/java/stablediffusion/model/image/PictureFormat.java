package stablediffusion.model.image;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Lists the formats in which pictures are written. */
enum PictureFormat {
    PNG(".png"),
    JPEG(".jpg", ".jpeg");

    /** Endings of file names, the usual one first. */
    private final List<String> endings;

    PictureFormat(String... endings) {
        this.endings = List.of(endings);
    }

    /**
     * Returns the format for the ending of a file name, in letters of any case.
     *
     * @throws UserException if no format has this ending
     */
    static PictureFormat of(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(format -> format.endings.stream().anyMatch(name::endsWith))
                .findFirst()
                .orElseThrow(() -> new InvalidRequestException("cannot write a picture to " + file + ": its name must end in "
                        + Arrays.stream(values()).map(format -> format.endings.getFirst()).collect(Collectors.joining(" or "))));
    }

    /**
     * Checks whether the format can hold parameters of a length.
     *
     * @throws UserException if not
     */
    void requireRoom(int characters) {
        switch (this) {
            case PNG -> {}
            case JPEG -> JpegFile.requireRoom(characters);
        }
    }

    /**
     * Encodes a picture.
     *
     * @param parameters empty: none
     */
    byte[] encode(Picture picture, String parameters) throws IOException {
        return switch (this) {
            case PNG -> PictureFile.encodePng(picture, parameters);
            case JPEG -> JpegFile.encode(picture, parameters);
        };
    }
}
