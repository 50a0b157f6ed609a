package stablediffusion.model.image;

import com.twelvemonkeys.image.ResampleOp;

import java.awt.image.BufferedImage;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Brings pictures of one size to another without distortion: cuts the largest part of the wanted shape from the middle, then scales it.
 *
 * @param left left edge of the part, in pixels of the original
 * @param top top edge of the part, in pixels of the original
 * @param partWidth width of the part, in pixels of the original
 * @param partHeight height of the part, in pixels of the original
 * @param width width of the result, in pixels
 * @param height height of the result, in pixels
 */
public record Framing(int left, int top, int partWidth, int partHeight, int width, int height) {

    /** Computes the framing from one size to another. */
    public static Framing of(int fromWidth, int fromHeight, int width, int height) {
        int partWidth = Math.clamp(Math.round((double) fromHeight * width / height), 1, fromWidth);
        int partHeight = Math.clamp(Math.round((double) fromWidth * height / width), 1, fromHeight);
        return new Framing((fromWidth - partWidth) / 2, (fromHeight - partHeight) / 2, partWidth, partHeight, width, height);
    }

    /**
     * Computes the framing of the part of a picture that a mask is in: all that is not black and some pixels around it, and more on two sides until
     * it has the wanted shape, as far as the picture goes.
     *
     * @param mask not all black
     * @param padding pixels around it
     */
    public static Framing around(Picture mask, int padding, int width, int height) {
        Span across = Span.of(mask.width(), x -> IntStream.range(0, mask.height()).anyMatch(y -> isMarked(mask, x, y)), padding);
        Span down = Span.of(mask.height(), y -> IntStream.range(0, mask.width()).anyMatch(x -> isMarked(mask, x, y)), padding);
        long wide = (long) across.length() * height;
        long high = (long) down.length() * width;
        if (wide > high) {
            down = down.grownTo((int) (wide / width), mask.height());
        } else {
            across = across.grownTo((int) (high / height), mask.width());
        }
        return new Framing(across.start(), down.start(), across.length(), down.length(), width, height);
    }

    private static boolean isMarked(Picture mask, int x, int y) {
        int i = 3 * (y * mask.width() + x);
        return (mask.rgb()[i] | mask.rgb()[i + 1] | mask.rgb()[i + 2]) != 0;
    }

    /** Part of an edge of a picture. */
    private record Span(int start, int length) {

        static Span of(int edge, IntPredicate marked, int padding) {
            int first = IntStream.range(0, edge).filter(marked).findFirst().orElseThrow();
            int last = IntStream.iterate(edge - 1, i -> i - 1).filter(marked).findFirst().orElseThrow();
            int start = Math.max(0, first - padding);
            return new Span(start, Math.min(edge, last + 1 + padding) - start);
        }

        Span grownTo(int wanted, int edge) {
            int grown = Math.clamp(wanted, length, edge);
            return new Span(Math.clamp(start - (grown - length) / 2, 0, edge - grown), grown);
        }
    }

    /**
     * Undoes {@link #apply} where the mask says so: scales a picture back to its part of the original; all else is the original, bit for bit.
     *
     * @param original that the part was cut from
     * @param mask of the original's size
     */
    public Picture putBack(Picture framed, Picture original, Mask mask) {
        Picture part = new Framing(0, 0, width, height, partWidth, partHeight).apply(framed);
        byte[] all = original.rgb().clone();
        for (int y = 0; y < partHeight; y++) {
            System.arraycopy(part.rgb(), 3 * y * partWidth, all, 3 * ((top + y) * original.width() + left), 3 * partWidth);
        }
        return mask.composite(original, new Picture(original.width(), original.height(), all));
    }

    /** Returns whether the part is scaled. */
    public boolean scales() {
        return partWidth != width || partHeight != height;
    }

    /** Cuts and scales a picture, by Lanczos' filter with three lobes: sharp, and without jagged edges. */
    public Picture apply(Picture picture) {
        return apply(picture, ResampleOp.FILTER_LANCZOS);
    }

    /** Cuts and scales a mask, by a filter without the overshoot of a sharp one: pixels far from any white stay black. */
    public Picture applyToMask(Picture mask) {
        return apply(mask, ResampleOp.FILTER_TRIANGLE);
    }

    private Picture apply(Picture picture, int filter) {
        BufferedImage part = picture.toImage().getSubimage(left, top, partWidth, partHeight);
        if (!scales()) {
            return Picture.fromImage(part);
        }
        return Picture.fromImage(new ResampleOp(width, height, filter).filter(part, null));
    }
}
