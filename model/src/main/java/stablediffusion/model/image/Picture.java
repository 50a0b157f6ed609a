package stablediffusion.model.image;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Shape;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;

/**
 * Holds an 8-bit RGB picture.
 *
 * @param rgb three bytes a pixel, row by row
 */
public record Picture(int width, int height, byte[] rgb) {
    public Picture {
        if (rgb.length != 3 * width * height) {
            throw new IllegalArgumentException(rgb.length + " bytes do not fill " + width + "x" + height);
        }
    }

    /**
     * Converts item {@code index} of a batch of decoded pictures [batch, height, width, 3] in -1 … 1:
     * {@code round((clamp(x, -1, 1) + 1) · 127.5)}.
     */
    public static Picture fromTensor(Tensor pixels, int index) {
        Shape shape = pixels.shape();
        int size = 3 * shape.positions();
        byte[] rgb = new byte[size];
        for (int i = 0; i < size; i++) {
            float x = Math.clamp(pixels.values()[index * size + i], -1f, 1f);
            rgb[i] = (byte) Math.rint((x + 1) * 127.5);
        }
        return new Picture(shape.width(), shape.height(), rgb);
    }

    /** Returns it as a batch of one, [1, height, width, 3] in -1 … 1, which the VAE's encoder reads. */
    public Tensor toTensor() {
        float[] values = new float[rgb.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (rgb[i] & 0xFF) / 127.5f - 1;
        }
        return new Tensor(new Shape(1, height, width, 3), values);
    }

    /** Converts any image of the JDK; transparent parts become white. */
    public static Picture fromImage(BufferedImage source) {
        BufferedImage image = source.getColorModel().hasAlpha() ? onWhite(source) : source;
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] rgb = new byte[3 * width * height];
        int[] row = new int[width];
        int i = 0;
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int pixel : row) {
                rgb[i++] = (byte) (pixel >> 16);
                rgb[i++] = (byte) (pixel >> 8);
                rgb[i++] = (byte) pixel;
            }
        }
        return new Picture(width, height, rgb);
    }

    private static BufferedImage onWhite(BufferedImage transparent) {
        BufferedImage image = new BufferedImage(transparent.getWidth(), transparent.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.drawImage(transparent, 0, 0, Color.WHITE, null);
        graphics.dispose();
        return image;
    }

    /** Converts it to an image of the JDK. */
    public BufferedImage toImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] row = new int[width];
        int i = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                row[x] = (rgb[i++] & 0xFF) << 16 | (rgb[i++] & 0xFF) << 8 | rgb[i++] & 0xFF;
            }
            image.setRGB(0, y, width, 1, row, 0, width);
        }
        return image;
    }

    /** Computes the peak signal-to-noise ratio to another picture of the same size, in dB; infinite where they are equal. */
    public double psnr(Picture other) {
        if (width != other.width || height != other.height) {
            throw new IllegalArgumentException("pictures of different sizes");
        }
        double sum = 0;
        for (int i = 0; i < rgb.length; i++) {
            double difference = (rgb[i] & 0xFF) - (other.rgb[i] & 0xFF);
            sum += difference * difference;
        }
        return 10 * Math.log10(255.0 * 255.0 * rgb.length / sum);
    }
}
