package stablediffusion.model.image;

/**
 * Fills holes of a picture with the colours around them: blurs what is left of the picture less and less, and lays one over the other, as the web
 * UI does, but not in its 8 bits.
 */
public final class Surroundings {
    private static final int CHANNELS = 4;
    private static final int ALPHA = 3;
    /** Passes of a box that together are nearly a Gaussian. */
    private static final int BOXES = 3;

    /** A blur by a Gaussian of a standard deviation in pixels, and how often it is laid over what is there. */
    private record Layer(int sigma, int times) {}

    private static final Layer[] LAYERS = {
        new Layer(256, 1), new Layer(64, 1), new Layer(16, 2), new Layer(4, 4), new Layer(2, 2), new Layer(0, 1)
    };

    private Surroundings() {}

    /**
     * Fills a picture where the mask says that it is repainted; the rest stays as it is.
     *
     * @param holes of the picture's size
     */
    public static Picture fill(Picture picture, Mask holes) {
        float[] kept = kept(picture, holes);
        float[] filled = new float[kept.length];
        for (Layer layer : LAYERS) {
            float[] blurred = blurred(kept, picture.width(), picture.height(), layer.sigma());
            for (int i = 0; i < layer.times(); i++) {
                layOver(blurred, filled);
            }
        }
        byte[] rgb = new byte[picture.rgb().length];
        for (int pixel = 0; pixel < rgb.length / 3; pixel++) {
            float alpha = filled[CHANNELS * pixel + ALPHA];
            for (int c = 0; c < 3 && alpha > 0; c++) {
                rgb[3 * pixel + c] = (byte) Math.clamp(Math.round(filled[CHANNELS * pixel + c] / alpha), 0, 255);
            }
        }
        return new Picture(picture.width(), picture.height(), rgb);
    }

    /** Returns red, green, blue and alpha of each pixel; where there are holes, all four are less. */
    private static float[] kept(Picture picture, Mask holes) {
        float[] kept = new float[CHANNELS * picture.width() * picture.height()];
        for (int pixel = 0; pixel < holes.repaint().length; pixel++) {
            float alpha = 1 - holes.repaint()[pixel];
            for (int c = 0; c < 3; c++) {
                kept[CHANNELS * pixel + c] = alpha * (picture.rgb()[3 * pixel + c] & 0xFF);
            }
            kept[CHANNELS * pixel + ALPHA] = alpha;
        }
        return kept;
    }

    private static void layOver(float[] layer, float[] below) {
        for (int i = 0; i < below.length; i++) {
            below[i] = layer[i] + (1 - layer[i - i % CHANNELS + ALPHA]) * below[i];
        }
    }

    private static float[] blurred(float[] values, int width, int height, int sigma) {
        float[] blurred = values;
        for (int i = 0; i < BOXES && sigma > 0; i++) {
            // Three boxes of this radius have the variance of the Gaussian.
            double radius = (Math.sqrt(12.0 * sigma * sigma / BOXES + 1) - 1) / 2;
            blurred = boxed(blurred, height, width, CHANNELS * width, CHANNELS, radius);
            blurred = boxed(blurred, width, height, CHANNELS, CHANNELS * width, radius);
        }
        return blurred;
    }

    /**
     * Takes the mean around each value along one direction. The edge goes on beyond the picture.
     *
     * @param lines number of lines in that direction
     * @param length of a line
     * @param radius need not be whole: the outermost values count in part
     */
    private static float[] boxed(float[] values, int lines, int length, int lineStride, int stride, double radius) {
        float[] means = new float[values.length];
        int whole = (int) radius;
        double part = radius - whole;
        for (int line = 0; line < lines; line++) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                int start = line * lineStride + channel;
                double sum = 0;
                for (int i = -whole; i <= whole; i++) {
                    sum += at(values, start, i, length, stride);
                }
                for (int i = 0; i < length; i++) {
                    double ends = at(values, start, i - whole - 1, length, stride) + at(values, start, i + whole + 1, length, stride);
                    means[start + i * stride] = (float) ((sum + part * ends) / (2 * radius + 1));
                    sum += at(values, start, i + whole + 1, length, stride) - at(values, start, i - whole, length, stride);
                }
            }
        }
        return means;
    }

    private static double at(float[] values, int start, int index, int length, int stride) {
        return values[start + Math.clamp(index, 0, length - 1) * stride];
    }
}
