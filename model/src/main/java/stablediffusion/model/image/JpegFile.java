package stablediffusion.model.image;

import stablediffusion.model.InvalidRequestException;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Writes and reads JPEG with a text in its EXIF data, which is in the marker APP1. */
final class JpegFile {
    private static final String METADATA = "javax_imageio_jpeg_image_1.0";
    private static final String APP1 = "225";
    private static final float QUALITY = 0.95f;
    /** A segment has at most 65,535 bytes. A character takes two of them, and the directories some more. */
    private static final int MOST_CHARACTERS = 32_000;

    private JpegFile() {}

    /**
     * Encodes a picture.
     *
     * @throws UserException where the text is too long for a JPEG, whose segments have 16 bits for their length
     */
    static byte[] encode(Picture picture, String text) throws IOException {
        requireRoom(text.length());
        BufferedImage image = picture.toImage();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam settings = writer.getDefaultWriteParam();
        settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        settings.setCompressionQuality(QUALITY);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            IIOMetadata metadata = writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(image), settings);
            if (!text.isEmpty()) {
                IIOMetadataNode exif = new IIOMetadataNode("unknown");
                exif.setAttribute("MarkerTag", APP1);
                exif.setUserObject(ExifComment.write(text));
                IIOMetadataNode tree = (IIOMetadataNode) metadata.getAsTree(METADATA);
                tree.getElementsByTagName("markerSequence").item(0).appendChild(exif);
                metadata.setFromTree(METADATA, tree);
            }
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, metadata), settings);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    static void requireRoom(int characters) {
        if (characters > MOST_CHARACTERS) {
            throw new InvalidRequestException("a JPEG has room for " + MOST_CHARACTERS + " characters of prompts and settings, not for "
                    + characters + ": write a PNG");
        }
    }

    /** Reads the text of an opened file, where it has one. */
    static Optional<String> text(ImageReader reader) throws IOException {
        IIOMetadataNode root = (IIOMetadataNode) reader.getImageMetadata(0).getAsTree(METADATA);
        var markers = root.getElementsByTagName("unknown");
        for (int i = 0; i < markers.getLength(); i++) {
            if (markers.item(i) instanceof IIOMetadataNode marker && marker.getUserObject() instanceof byte[] data) {
                Optional<String> text = ExifComment.read(data);
                if (text.isPresent()) {
                    return text;
                }
            }
        }
        return Optional.empty();
    }
}
