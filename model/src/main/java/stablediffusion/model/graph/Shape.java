package stablediffusion.model.graph;

/**
 * Holds the shape of an activation, always in the order batch, height, width, channels (NHWC). A sequence of tokens has height 1, a
 * vector height and width 1; so a 1x1 convolution, a linear layer and a projection of attention are the same matrix product of
 * {@link #rows()} x {@link #channels()}.
 */
public record Shape(int batch, int height, int width, int channels) {
    public Shape {
        if (batch < 1 || height < 1 || width < 1 || channels < 1) {
            throw new IllegalArgumentException(
                    "shape [" + batch + ", " + height + ", " + width + ", " + channels + "] has an empty dimension");
        }
        Math.toIntExact((long) batch * height * width * channels);
    }

    public static Shape sequence(int batch, int length, int channels) {
        return new Shape(batch, 1, length, channels);
    }

    public static Shape vector(int batch, int channels) {
        return new Shape(batch, 1, 1, channels);
    }

    /** Returns the number of pixels or tokens of one item of the batch. */
    public int positions() {
        return height * width;
    }

    /** Returns the number of pixels or tokens of the whole batch. */
    public int rows() {
        return batch * positions();
    }

    /** Returns the number of elements. */
    public int size() {
        return rows() * channels;
    }

    public Shape withBatch(int batch) {
        return new Shape(batch, height, width, channels);
    }

    public Shape withChannels(int channels) {
        return new Shape(batch, height, width, channels);
    }

    @Override
    public String toString() {
        return "[" + batch + ", " + height + ", " + width + ", " + channels + "]";
    }
}
