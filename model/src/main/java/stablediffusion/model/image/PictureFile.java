package stablediffusion.model.image;

import stablediffusion.model.FileFailure;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.OutputFile;
import stablediffusion.model.UserException;

import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Writes and reads files of pictures. They carry the settings that made them, by the conventions of the AUTOMATIC1111 web UI, which galleries
 * and prompt readers understand: a PNG in a text chunk named {@code parameters}, a JPEG in its EXIF data.
 */
public final class PictureFile {
    private static final String PNG_METADATA = "javax_imageio_png_1.0";
    private static final String PARAMETERS = "parameters";
    private static final boolean IGNORE_METADATA = true;
    /** Limit of what is decoded, as large as photos of today; it takes seven bytes a pixel to bring one to the size of a model. */
    private static final int MAX_PIXELS = 50_000_000;
    /** Limit of numbers in a picture or in a part that is decoded at once: four for each pixel. */
    private static final long MAX_SAMPLES = 4L * MAX_PIXELS;

    private PictureFile() {}

    /**
     * Writes a picture with its parameters, in the format that the file's name says: .png, .jpg or .jpeg. The file appears whole or not at
     * all.
     *
     * @param parameters empty: none
     * @throws UserException where it cannot be written
     */
    public static void write(Picture picture, String parameters, Path file) {
        PictureFormat format = PictureFormat.of(file);
        try {
            OutputFile.write(file, format.encode(picture, parameters));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Checks a file's name.
     *
     * @throws UserException where it does not end like a format that can be written
     */
    public static void requireFormat(Path file) {
        PictureFormat.of(file);
    }

    /**
     * Checks early whether {@link #write} can put parameters into a file.
     *
     * @param characters length of the parameters
     * @throws UserException if the file's format has no room for them
     */
    public static void requireRoom(Path file, int characters) {
        PictureFormat.of(file).requireRoom(characters);
    }

    /**
     * Encodes a picture as PNG.
     *
     * @param parameters empty: none
     */
    public static byte[] png(Picture picture, String parameters) {
        try {
            return encodePng(picture, parameters);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] encodePng(Picture picture, String parameters) throws IOException {
        BufferedImage image = picture.toImage();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            IIOMetadata metadata = writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(image), null);
            if (!parameters.isEmpty()) {
                metadata.mergeTree(PNG_METADATA, textChunk(parameters));
            }
            writer.setOutput(out);
            writer.write(new IIOImage(image, null, metadata));
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** Makes a tEXt chunk where Latin-1 can hold the text, else an iTXt chunk, as Pillow does. */
    private static IIOMetadataNode textChunk(String text) {
        boolean latin = StandardCharsets.ISO_8859_1.newEncoder().canEncode(text);
        IIOMetadataNode entry = new IIOMetadataNode(latin ? "tEXtEntry" : "iTXtEntry");
        entry.setAttribute("keyword", PARAMETERS);
        if (latin) {
            entry.setAttribute("value", text);
        } else {
            entry.setAttribute("compressionFlag", "FALSE");
            entry.setAttribute("compressionMethod", "0");
            entry.setAttribute("languageTag", "");
            entry.setAttribute("translatedKeyword", "");
            entry.setAttribute("text", text);
        }
        IIOMetadataNode chunk = new IIOMetadataNode(latin ? "tEXt" : "iTXt");
        chunk.appendChild(entry);
        IIOMetadataNode root = new IIOMetadataNode(PNG_METADATA);
        root.appendChild(chunk);
        return root;
    }

    /**
     * Reads any picture that the JDK can decode: PNG, JPEG, BMP, GIF, TIFF.
     *
     * @throws UserException where there is none, or it has more than {@value #MAX_PIXELS} pixels
     */
    public static BufferedImage read(Path file) {
        return picture(opened(file), "the picture " + file).orElseThrow(() -> unknownFormat(file.toString()));
    }

    /**
     * Reads a picture from the content of a file, as {@link #read(Path)} does.
     *
     * @param name what messages call it
     * @throws UserException where it is none, or has more than {@value #MAX_PIXELS} pixels
     */
    public static BufferedImage read(byte[] content, String name) {
        return picture(opened(content), name).orElseThrow(() -> unknownFormat(name));
    }

    private static Optional<BufferedImage> picture(Opening content, String name) {
        return withReader(content, name, IGNORE_METADATA, reader -> {
            requireReasonableSize(name, reader);
            return reader.read(0);
        });
    }

    /**
     * Reads the size of a picture from its header, however large it is.
     *
     * @throws UserException where there is no picture
     */
    public static Dimension readSize(Path file) {
        return withReader(opened(file), "the picture " + file, IGNORE_METADATA, PictureFile::size)
                .orElseThrow(() -> unknownFormat(file.toString()));
    }

    /**
     * Reads the size of a picture from the content of a file, as {@link #readSize(Path)} does.
     *
     * @param name what messages call it
     * @throws UserException where it is no picture
     */
    public static Dimension readSize(byte[] content, String name) {
        return withReader(opened(content), name, IGNORE_METADATA, PictureFile::size).orElseThrow(() -> unknownFormat(name));
    }

    private static Dimension size(ImageReader reader) throws IOException {
        return new Dimension(reader.getWidth(0), reader.getHeight(0));
    }

    /** Reads the parameters that a PNG or JPEG was written with, where it has any. */
    public static Optional<String> readParameters(Path file) {
        return parameters(opened(file), "the picture " + file);
    }

    /**
     * Reads the parameters from the content of a file, as {@link #readParameters(Path)} does.
     *
     * @param name what messages call it
     */
    public static Optional<String> readParameters(byte[] content, String name) {
        return parameters(opened(content), name);
    }

    private static Optional<String> parameters(Opening content, String name) {
        return withReader(content, name, !IGNORE_METADATA, reader -> switch (reader.getFormatName().toLowerCase(Locale.ROOT)) {
            case "png" -> pngText(reader);
            case "jpeg" -> JpegFile.text(reader);
            default -> Optional.<String>empty();
        }).flatMap(text -> text);
    }

    private interface Opening {
        ImageInputStream open() throws IOException;
    }

    private static Opening opened(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidRequestException("there is no picture " + file);
        }
        return () -> new FileImageInputStream(file.toFile());
    }

    private static Opening opened(byte[] content) {
        return () -> new MemoryCacheImageInputStream(new ByteArrayInputStream(content));
    }

    private interface Reading<T> {
        T from(ImageReader reader) throws IOException;
    }

    /**
     * Opens a picture and reads something from it; empty where no reader knows its format. The JDK's readers trust what they read: a damaged
     * file makes them throw nearly anything, also after asking for more memory than there is.
     */
    private static <T> Optional<T> withReader(Opening content, String name, boolean ignoreMetadata, Reading<T> reading) {
        try (ImageInputStream in = content.open()) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                return Optional.empty();
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, false, ignoreMetadata);
                return Optional.of(reading.from(reader));
            } finally {
                reader.dispose();
            }
        } catch (UserException known) {
            throw known;
        } catch (IOException e) {
            throw new UserException("cannot read " + name + ": " + FileFailure.reason(e), e);
        } catch (RuntimeException damage) {
            throw new UserException("cannot read " + name + ": it is damaged", damage);
        } catch (OutOfMemoryError tooLarge) {
            throw new UserException("cannot read " + name + ": it is damaged, or there is too little memory for it", tooLarge);
        }
    }

    /** Checks the header before anything is decoded: a file of some kB can claim gigabytes. */
    private static void requireReasonableSize(String name, ImageReader reader) throws IOException {
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        if (pixels > MAX_PIXELS) {
            throw new UserException(name + " is too large: it has " + reader.getWidth(0) + "x" + reader.getHeight(0)
                    + " pixels, at most " + MAX_PIXELS + " are read; scale it down");
        }
        ImageTypeSpecifier type = reader.getRawImageType(0);
        int samples = type == null ? 1 : type.getNumBands();
        long tile = (long) reader.getTileWidth(0) * reader.getTileHeight(0);
        if (pixels * samples > MAX_SAMPLES || tile * samples > MAX_SAMPLES) {
            throw new UserException(
                    "cannot read " + name + ": it is damaged, its header claims tiles of " + tile + " pixels with "
                            + samples + " samples each");
        }
    }

    private static UserException unknownFormat(String name) {
        return new UserException(name + " is not a picture that can be read; PNG, JPEG, BMP, GIF and TIFF can");
    }

    private static Optional<String> pngText(ImageReader reader) throws IOException {
        IIOMetadataNode root = (IIOMetadataNode) reader.getImageMetadata(0).getAsTree(PNG_METADATA);
        return text(root, "tEXtEntry", "value").or(() -> text(root, "iTXtEntry", "text"));
    }

    private static Optional<String> text(IIOMetadataNode root, String entries, String attribute) {
        var nodes = root.getElementsByTagName(entries);
        for (int i = 0; i < nodes.getLength(); i++) {
            if (nodes.item(i) instanceof IIOMetadataNode node && node.getAttribute("keyword").equals(PARAMETERS)) {
                return Optional.of(node.getAttribute(attribute));
            }
        }
        return Optional.empty();
    }
}
