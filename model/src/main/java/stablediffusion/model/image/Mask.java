package stablediffusion.model.image;

/**
 * Selects the pixels of a picture that are repainted.
 *
 * @param repaint share of the new picture in each pixel, row by row: 0 keeps the pixel, 1 repaints it
 */
public record Mask(int width, int height, float[] repaint) {
    public Mask {
        if (repaint.length != width * height) {
            throw new IllegalArgumentException(repaint.length + " values do not fill " + width + "x" + height);
        }
    }

    /** Reads a mask from a picture: white is repainted, black kept, grey blended. */
    public static Mask fromPicture(Picture picture) {
        float[] repaint = new float[picture.width() * picture.height()];
        byte[] rgb = picture.rgb();
        for (int i = 0; i < repaint.length; i++) {
            repaint[i] = ((rgb[3 * i] & 0xFF) + (rgb[3 * i + 1] & 0xFF) + (rgb[3 * i + 2] & 0xFF)) / 765f;
        }
        return new Mask(picture.width(), picture.height(), repaint);
    }

    /** Returns the mask for squares of scale x scale pixels: each has the largest value of its pixels. */
    public Mask shrink(int scale) {
        int smallWidth = width / scale;
        int smallHeight = height / scale;
        float[] small = new float[smallWidth * smallHeight];
        for (int y = 0; y < smallHeight * scale; y++) {
            for (int x = 0; x < smallWidth * scale; x++) {
                int i = y / scale * smallWidth + x / scale;
                small[i] = Math.max(small[i], repaint[y * width + x]);
            }
        }
        return new Mask(smallWidth, smallHeight, small);
    }

    /** Returns the painted picture where the mask says so, the original elsewhere, bit for bit where the mask is 0. */
    public Picture composite(Picture original, Picture painted) {
        byte[] rgb = original.rgb().clone();
        for (int i = 0; i < rgb.length; i++) {
            float share = repaint[i / 3];
            rgb[i] = (byte) Math.round((1 - share) * (original.rgb()[i] & 0xFF) + share * (painted.rgb()[i] & 0xFF));
        }
        return new Picture(width, height, rgb);
    }
}
