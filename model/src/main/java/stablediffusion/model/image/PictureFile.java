package stablediffusion.model.image;

import stablediffusion.model.UserException;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.Optional;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;

/**
 * Pictures in files. A PNG carries the settings that made it as a text chunk named {@code parameters}, the convention of the
 * AUTOMATIC1111 web UI that galleries and prompt readers understand.
 */
public final class PictureFile {
    private static final String PNG_METADATA = "javax_imageio_png_1.0";
    private static final String PARAMETERS = "parameters";

    private PictureFile() {}

    /**
     * Writes a PNG with its parameters. The file appears whole or not at all.
     *
     * @throws UserException where it cannot be written
     */
    public static void writePng(Picture picture, String parameters, Path file) {
        try {
            write(encodePng(picture, parameters), file);
        } catch (IOException e) {
            throw new UserException("cannot write " + file + ": " + reason(e), e);
        }
    }

    static void write(byte[] bytes, Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Files.createDirectories(absolute.getParent());
        Path beside = absolute.resolveSibling("." + absolute.getFileName() + ".part");
        try {
            Files.write(beside, bytes);
            Files.move(beside, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    private static byte[] encodePng(Picture picture, String parameters) throws IOException {
        BufferedImage image = picture.toImage();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            IIOMetadata metadata = writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(image), null);
            metadata.mergeTree(PNG_METADATA, textChunk(parameters));
            writer.setOutput(out);
            writer.write(new IIOImage(image, null, metadata));
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** A tEXt chunk where Latin-1 can hold the text, else an iTXt chunk, as Pillow does. */
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
     * @throws UserException where there is none
     */
    public static BufferedImage read(Path file) {
        try {
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(bytes(file)));
            if (image == null) {
                throw new UserException(file + " is not a picture that can be read; PNG, JPEG, BMP, GIF and TIFF can");
            }
            return image;
        } catch (IOException e) {
            throw new UserException("cannot read the picture " + file + ": " + reason(e), e);
        }
    }

    /** The {@code parameters} text of a PNG, where it has one. */
    public static Optional<String> readParameters(Path file) {
        try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes(file)))) {
            Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("png");
            ImageReader reader = readers.next();
            if (!reader.getOriginatingProvider().canDecodeInput(in)) {
                return Optional.empty();
            }
            reader.setInput(in);
            IIOMetadataNode root = (IIOMetadataNode) reader.getImageMetadata(0).getAsTree(PNG_METADATA);
            return text(root, "tEXtEntry", "value").or(() -> text(root, "iTXtEntry", "text"));
        } catch (IOException e) {
            throw new UserException("cannot read the picture " + file + ": " + reason(e), e);
        }
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

    private static byte[] bytes(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new UserException("there is no picture " + file);
        }
        return Files.readAllBytes(file);
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
