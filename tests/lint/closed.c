/**
 * A program of one floor, linked whole, and the floors below it: links only if the floor calls nothing above itself.
 * Never run.
 */
int main(void) {
	return 0;
}
