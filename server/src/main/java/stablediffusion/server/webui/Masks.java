package stablediffusion.server.webui;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;

/** Prepares masks: white is painted anew. */
final class Masks {
    private Masks() {}

    /** Returns a mask without transparency: what is transparent counts as black, as in the web UI, so that a drawing on nothing is a mask. */
    static BufferedImage opaque(BufferedImage mask) {
        BufferedImage grey = new BufferedImage(mask.getWidth(), mask.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D graphics = grey.createGraphics();
        graphics.drawImage(mask, 0, 0, Color.BLACK, null);
        graphics.dispose();
        return grey;
    }

    /**
     * Inverts and softens a mask.
     *
     * @param blur standard deviation of the Gaussian, in pixels
     */
    static BufferedImage prepare(BufferedImage mask, boolean inverted, int blur) {
        int width = mask.getWidth();
        int height = mask.getHeight();
        double[] values = new double[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int grey = mask.getRGB(x, y) & 0xFF;
                values[y * width + x] = inverted ? 255 - grey : grey;
            }
        }
        double[] soft = blur == 0 ? values : blurred(values, width, height, blur);
        BufferedImage prepared = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int grey = (int) Math.round(soft[y * width + x]);
                prepared.setRGB(x, y, grey << 16 | grey << 8 | grey);
            }
        }
        return prepared;
    }

    /** Blurs rows, then columns, with the web UI's kernel of 2·⌊2.5·σ + 0.5⌋ + 1 pixels; the edge goes on beyond the picture. */
    private static double[] blurred(double[] values, int width, int height, int blur) {
        double[] kernel = kernel(blur);
        double[] rows = new double[values.length];
        for (int y = 0; y < height; y++) {
            convolve(values, y * width, 1, width, kernel, rows);
        }
        double[] columns = new double[values.length];
        for (int x = 0; x < width; x++) {
            convolve(rows, x, width, height, kernel, columns);
        }
        return columns;
    }

    private static double[] kernel(int sigma) {
        int radius = (int) (2.5 * sigma + 0.5);
        double[] kernel = new double[2 * radius + 1];
        Arrays.setAll(kernel, i -> Math.exp(-0.5 * (i - radius) * (i - radius) / ((double) sigma * sigma)));
        double sum = Arrays.stream(kernel).sum();
        return Arrays.stream(kernel).map(value -> value / sum).toArray();
    }

    private static void convolve(double[] from, int start, int stride, int count, double[] kernel, double[] to) {
        int radius = kernel.length / 2;
        for (int i = 0; i < count; i++) {
            double sum = 0;
            for (int k = -radius; k <= radius; k++) {
                sum += kernel[k + radius] * from[start + Math.clamp(i + k, 0, count - 1) * stride];
            }
            to[start + i * stride] = sum;
        }
    }
}
